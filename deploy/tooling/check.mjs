// `npm run check`: every check, as many at a time as there are cores, and all that failed at the end.
import { availableParallelism } from 'node:os';
import { runTool } from './run-tool.mjs';

// The longest first, so that the short ones fill the gaps.
const checks = ['lint', 'lint-tests', 'format', 'layers', 'types', 'unused', 'gen', 'docs', 'proto'];

const waiting = [...checks];
/** @type {string[]} */
const failed = [];
await Promise.all(Array.from({ length: Math.min(availableParallelism(), checks.length) }, work));

console.log(failed.length === 0 ? 'check: all passed' : `check: FAILED: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;

async function work() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const startedAt = Date.now();
    const { code, output } = await runTool('npm', ['run', '--silent', `check:${name}`]);
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    console.log(`check:${name} ${code === 0 ? 'passed' : 'FAILED'} in ${seconds} s`);
    if (code === 0) continue;
    failed.push(name);
    console.log(output);
  }
}
