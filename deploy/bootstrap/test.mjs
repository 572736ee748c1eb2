// `npm test [-- PATHS and mocha's options]`: brings up what the tests need, runs them, and stops what it brought up.
// Without paths everything runs; `npm test -- test/unit` needs neither Docker nor NATS.
import { existsSync, realpathSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ensureDependencies } from './dependencies.mjs';
import { ROOT } from './paths.mjs';
import { runBootstrap } from './program.mjs';
import { assertNotInterrupted, runProgram } from './steps.mjs';
import { prepareTestMachine } from './test-machine.mjs';

// Not mocha's bin, which runs the tests in a child of its own and kills it on an interrupt, hooks and all. By its real
// path, since called through a link it would do nothing and end with 0.
const MOCHA = [
  ...['--import', 'tsx', realpathSync(join(ROOT, 'node_modules/mocha/lib/cli/cli.js'))],
  ...['--reporter', join(ROOT, 'test/support/reporter.ts'), '--fail-zero'],
];
const SUITES = ['test/unit', 'test/integration', 'test/fault', 'test/e2e'];

await runBootstrap(async (args, cleanup) => {
  const named = args.filter((arg) => existsSync(join(ROOT, arg)));
  const options = args.filter((arg) => !named.includes(arg));
  const paths = named.length > 0 ? named : SUITES.filter((suite) => existsSync(join(ROOT, suite)));
  await ensureDependencies();
  const needsMachine = paths.some((path) => !isUnit(path));
  const env = { ...process.env, ...(needsMachine ? await prepareTestMachine(cleanup) : {}) };
  // The unit tests share nothing and measure nothing, so two processes run them; what runs real programs stays alone.
  const [unit, real] = [paths.filter(isUnit), paths.filter((path) => !isUnit(path))];
  const runs = [
    { specs: unit, options: ['--parallel', '--jobs', String(Math.min(2, availableParallelism()))] },
    { specs: real, options: [] },
  ].filter(({ specs }) => specs.length > 0);
  let code = 0;
  for (const run of runs) {
    const own = [...run.options, ...options, ...run.specs.map(toPattern)];
    code = Math.max(code, await runProgram(process.execPath, [...MOCHA, ...own], { env }));
    assertNotInterrupted();
  }
  return code;
});

/** @param {string} path */
function isUnit(path) {
  return path.startsWith('test/unit');
}

/** @param {string} path */
function toPattern(path) {
  return statSync(join(ROOT, path)).isDirectory() ? `${path.replace(/\/$/, '')}/**/*.spec.ts` : path;
}
