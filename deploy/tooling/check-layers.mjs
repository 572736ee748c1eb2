// `npm run check:layers`: dependency-cruiser over the whole house. Without the TypeScript API it reads nothing and finds
// nothing wrong, so having read too little is a failure of its own.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cruise, format } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { ROOT } from './run-tool.mjs';

const folders = ['agent', 'common', 'coordinator', 'deploy', 'test'];

process.chdir(ROOT);
const options = await extractOptions('./.dependency-cruiser.js');
const { output } = await cruise(folders, options, undefined, { tsConfig: extractTSConfig('./tsconfig.json') });
if (typeof output === 'string') throw new Error('dependency-cruiser answered with text where data was asked for');

const read = output.modules.filter(
  (module) => /\.tsx?$/.test(module.source) && !module.source.includes('node_modules'),
).length;
const there = (await Promise.all(folders.map(countSources))).reduce((sum, count) => sum + count, 0);
const report = await format(output, { outputType: 'err-long' });
console.log(report.output);
console.log(`${read} of ${there} TypeScript files read`);
if (read < there) console.log('Some were not read: does dependency-cruiser find the TypeScript API?');
process.exitCode = report.exitCode === 0 && read >= there && there > 0 ? 0 : 1;

/** @param {string} folder */
async function countSources(folder) {
  const entries = await readdir(join(ROOT, folder), { recursive: true });
  return entries.filter((name) => /\.tsx?$/.test(name) && !/(^|\/)(dist|node_modules)\//.test(name)).length;
}
