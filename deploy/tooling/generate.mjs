// `npm run gen` writes the generated code anew; with --check it only says whether what is committed is fresh.
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { ROOT, runTool } from './run-tool.mjs';

const contracts = [
  { from: 'proto', to: 'common/gen' },
  { from: 'test/support/proto', to: 'test/support/gen' },
].filter(({ from }) => existsSync(join(ROOT, from)));

const onlyCheck = process.argv.includes('--check');
let stale = 0;
for (const contract of contracts) stale += onlyCheck ? await check(contract) : await write(contract);
process.exitCode = stale === 0 ? 0 : 1;

/** @param {{ from: string, to: string }} contract */
async function write({ from, to }) {
  const fresh = await generate(from);
  await rm(join(ROOT, to), { recursive: true, force: true });
  await rename(fresh, join(ROOT, to));
  console.log(`${to} written from ${from}`);
  return 0;
}

/** @param {{ from: string, to: string }} contract */
async function check({ from, to }) {
  const fresh = await generate(from);
  const [wanted, found] = await Promise.all([readTree(fresh), readTree(join(ROOT, to))]);
  await rm(fresh, { recursive: true });
  const names = [...new Set([...wanted.keys(), ...found.keys()])].sort();
  const different = names.filter((name) => wanted.get(name) !== found.get(name));
  for (const name of different) console.log(`${to}/${name} is not what ${from} generates; run: npm run gen`);
  return different.length;
}

/** @param {string} from @returns {Promise<string>} a new folder inside the repository, so that it can be renamed into place */
async function generate(from) {
  const out = await mkdtemp(join(ROOT, '.dist-gen-'));
  await chmod(out, 0o755);
  const { code, output } = await runTool('buf', [
    'generate',
    from,
    '--template',
    'proto/buf.gen.yaml',
    '-o',
    relative(ROOT, out),
  ]);
  if (code === 0) return out;
  await rm(out, { recursive: true });
  console.error(output);
  process.exit(1);
}

/** @param {string} folder @returns {Promise<Map<string, string>>} text by path */
async function readTree(folder) {
  if (!existsSync(folder)) return new Map();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(paths.map(async (path) => [relative(folder, path), await readFile(path, 'utf8')]));
  return new Map(/** @type {[string, string][]} */ (texts));
}
