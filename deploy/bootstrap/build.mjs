// `npm run build`, and what quickstart and the tests call to have dist/ fresh.
import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { chmod, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { say } from './say.mjs';
import { runStep } from './steps.mjs';

const sources = ['agent', 'common', 'coordinator', 'deploy'];
const settings = [
  'tsconfig.json',
  'tsconfig.build.json',
  'package.json',
  'package-lock.json',
  'deploy/tooling/bundle.mjs',
  'deploy/tooling/build-page.mjs',
];
/** The dashboard's page is made of more than TypeScript. */
const SOURCE = /\.(ts|tsx|css|html|svg)$/;
const dist = join(ROOT, 'dist');
const stamp = join(dist, '.built-from');

/** Compiles to dist/ unless it was compiled from exactly these sources. */
export async function ensureBuild() {
  const digest = await digestSources();
  const built = await readFile(stamp, 'utf8').catch(() => undefined);
  if (built !== digest) await build(digest);
}

/** @param {string} digest */
async function build(digest) {
  say('compiling to dist/');
  // Built apart and renamed into place: nobody runs half of a build, and no file outlives its source.
  const fresh = await mkdtemp(join(ROOT, '.dist-build-'));
  try {
    const tsc = join(ROOT, 'node_modules/@typescript/native/bin/tsc');
    await runStep(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh]);
    await runStep(process.execPath, [join(ROOT, 'deploy/tooling/bundle.mjs'), fresh]);
    const command = join(fresh, 'coordinator/cli/main.js');
    if (existsSync(command)) await chmod(command, 0o755);
    await chmod(fresh, 0o755);
    await writeFile(join(fresh, '.built-from'), digest);
    await rm(dist, { recursive: true, force: true });
    await rename(fresh, dist);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function digestSources() {
  const listed = await Promise.all(sources.map(listSources));
  const hash = createHash('sha256').update(process.version);
  for (const path of [...settings, ...listed.flat()].sort()) {
    const { mtimeMs, size } = await stat(join(ROOT, path));
    hash.update(`${path}\0${mtimeMs}\0${size}\n`);
  }
  return hash.digest('hex');
}

/** @param {string} folder */
async function listSources(folder) {
  const names = await readdir(join(ROOT, folder), { recursive: true });
  return names.filter((name) => SOURCE.test(name)).map((name) => join(folder, name));
}

if (process.argv[1] && realpathSync(process.argv[1]) === import.meta.filename) await build(await digestSources());
