// An older version of Headframe, made of this repository's own history, for tests of upgrades between two that really differ.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from '../bootstrap/paths.mjs';
import { BootstrapError, say } from '../bootstrap/say.mjs';
import { runStep } from '../bootstrap/steps.mjs';

/**
 * The version that upgrades begin with: it knows when it is too old, and hands gRPC calls on, but answers no reads while it follows, hands
 * no HTTP on, tells nobody how far it is, and has never heard of moves. Once versions are released it is to be one of those.
 */
const COMMIT = '29f9fbbe5daeeeca0af4e1120ae4d97c3387de9e';
const SOURCES = ['agent', 'common', 'coordinator', 'package.json'];
/** By their places in the package, by which they find each other. */
const PROGRAMS = ['agent/main', 'coordinator/cli/main'];
/** To be raised with what this file makes of a commit, so that nobody takes what was made before for it. */
const RECIPE = 1;
const short = COMMIT.slice(0, 12);
const folder = join(ROOT, `node_modules/.cache/headframe/version-${short}-${RECIPE}`);

/**
 * An older version's compiled programs, what it calls itself, and the form of the journal that it writes.
 * @typedef {{ readonly dist: string, readonly version: string, readonly logFormat: number }} OlderVersion
 */

/**
 * Why the older version cannot be made here; undefined where it can, or is there.
 * @returns {string | undefined}
 */
export function olderVersionMissing() {
  if (existsSync(folder)) return undefined;
  const { stdout } = spawnSync('git', ['-C', ROOT, 'cat-file', '-t', COMMIT], { encoding: 'utf8' });
  if (stdout?.trim() === 'commit') return undefined;
  return `the older version, commit ${short}, is not in the history here, as in a shallow clone or an archive`;
}

/**
 * Makes the older version unless it is there: its own sources, compiled without checks, which takes seconds, over the libraries of
 * this one.
 * @returns {Promise<OlderVersion>}
 * @throws {BootstrapError} when it cannot be made
 */
export async function ensureOlderVersion() {
  if (!existsSync(folder)) await make();
  const facts = await readFile(join(folder, 'facts.json'), 'utf8');
  return { dist: join(folder, 'dist'), ...JSON.parse(facts) };
}

/** Where the folder is, it is whole: it gets its name last. */
async function make() {
  say(`compiling the older version, commit ${short}`);
  const parent = join(folder, '..');
  await mkdir(parent, { recursive: true });
  const work = await mkdtemp(join(parent, 'making-'));
  try {
    const [archive, source] = [join(work, 'source.tar'), join(work, 'source')];
    const made = join(work, 'made');
    await runStep('git', ['-C', ROOT, 'archive', '--format=tar', '-o', archive, COMMIT, ...SOURCES]);
    await mkdir(source);
    await runStep('tar', ['-xf', archive, '-C', source]);
    await build({
      entryPoints: PROGRAMS.map((program) => ({ in: join(source, `${program}.ts`), out: program })),
      outdir: join(made, 'dist'),
      ...{ bundle: true, splitting: true, packages: 'external' },
      ...{ format: 'esm', platform: 'node', target: 'node20', logLevel: 'warning' },
    });
    await describe(source, made);
    // Somebody else may have made it meanwhile: theirs is the same.
    await rename(made, folder).catch((error) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Gives it a version of its own to tell, for packages of both may say the same. @param {string} source @param {string} made */
async function describe(source, made) {
  const { name, version: own, type } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'));
  const messages = await readFile(join(source, 'coordinator/store/jetstream/log-message.ts'), 'utf8');
  const [, format] = /LOG_FORMAT = (\d+);/.exec(messages) ?? [];
  if (format === undefined) throw new BootstrapError(`the form of the journal of commit ${short} was not found`);
  const version = `${own}-older.${short}`;
  await writeFile(join(made, 'package.json'), JSON.stringify({ name, version, type }));
  await writeFile(join(made, 'facts.json'), JSON.stringify({ version, logFormat: Number(format) }));
}
