// `npm test [-- PATHS and mocha's options]`: brings up what the tests need, runs them, and stops what it brought up.
// Without paths everything runs; `npm test -- test/unit` needs neither Docker nor NATS.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDependencies } from './dependencies.mjs';
import { ROOT } from './paths.mjs';
import { runBootstrap } from './program.mjs';
import { assertNotInterrupted, runProgram } from './steps.mjs';
import { prepareTestMachine } from './test-machine.mjs';

const SUITES = ['test/unit', 'test/integration', 'test/fault', 'test/e2e'];

await runBootstrap(async (args, cleanup) => {
  const named = args.filter((arg) => existsSync(join(ROOT, arg)));
  const options = args.filter((arg) => !named.includes(arg));
  const paths = named.length > 0 ? named : SUITES.filter((suite) => existsSync(join(ROOT, suite)));
  await ensureDependencies();
  const needsMachine = paths.some((path) => !path.startsWith('test/unit'));
  const env = { ...process.env, ...(needsMachine ? await prepareTestMachine(cleanup) : {}) };
  // Not mocha's bin, which runs this file in a child of its own and kills it on an interrupt, hooks and all.
  const mocha = ['--import', 'tsx', join(ROOT, 'node_modules/mocha/lib/cli/cli.js')];
  const reporter = ['--reporter', join(ROOT, 'test/support/reporter.ts')];
  const specs = paths.map(toPattern);
  const code = await runProgram(process.execPath, [...mocha, '--fail-zero', ...reporter, ...options, ...specs], {
    env,
  });
  assertNotInterrupted();
  return code;
});

/** @param {string} path */
function toPattern(path) {
  return statSync(join(ROOT, path)).isDirectory() ? `${path.replace(/\/$/, '')}/**/*.spec.ts` : path;
}
