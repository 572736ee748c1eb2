// `npm test [-- PATHS and mocha's options]`: brings up what the tests need, runs them, and stops what it brought up.
// Without paths everything runs; `npm test -- test/unit` needs neither Docker nor NATS.
import { existsSync, mkdtempSync, openSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
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
  // A connection that a test has left open would keep a run that is over for ever.
  ...['--reporter', join(ROOT, 'test/support/reporter.ts'), '--fail-zero', '--exit'],
];
const SUITES = ['test/unit', 'test/integration', 'test/fault', 'test/e2e'];

await runBootstrap(async (args, cleanup) => {
  const named = args.filter((arg) => existsSync(join(ROOT, arg)));
  const options = args.filter((arg) => !named.includes(arg));
  const paths = named.length > 0 ? named : SUITES.filter((suite) => existsSync(join(ROOT, suite)));
  await ensureDependencies();
  const needsMachine = paths.some((path) => !isUnit(path));
  const machine = needsMachine ? await prepareTestMachine(cleanup) : {};
  const folder = mkdtempSync(join(tmpdir(), 'headframe-test-'));
  try {
    const failures = join(folder, 'failures');
    const env = { ...process.env, ...machine, HEADFRAME_TEST_FAILURES: failures };
    const codes = await runLanes(lanesOf(paths), { options, env, folder });
    if (codes.some((code) => code !== 0)) sumUp(codes, failures);
    return Math.max(...codes);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/**
 * @param {ReturnType<typeof lanesOf>} lanes
 * @param {{ options: readonly string[], env: NodeJS.ProcessEnv, folder: string }} how
 * @returns {Promise<readonly number[]>} the exit codes
 */
async function runLanes(lanes, { options, env, folder }) {
  /** @param {readonly string[]} specs */
  const mocha = (specs) => [...MOCHA, ...options, ...specs.map(toPattern)];
  const codes = [0];
  if (lanes.unit.length > 0) {
    const jobs = ['--parallel', '--jobs', String(Math.min(2, availableParallelism()))];
    codes.push(await runProgram(process.execPath, [...mocha(lanes.unit), ...jobs], { env }));
    assertNotInterrupted();
  }
  codes.push(...(await runSideBySide([lanes.parts, lanes.whole].filter(hasSome).map(mocha), { env, folder })));
  assertNotInterrupted();
  return codes;
}

/**
 * Closes a run that failed with what failed, which else stands thousands of lines above.
 * @param {readonly number[]} codes
 * @param {string} failures file that the reporters have written to
 */
function sumUp(codes, failures) {
  const text = existsSync(failures) ? readFileSync(failures, 'utf8') : 'No test failed: a run ended by itself.\n';
  process.stdout.write(`\nFailed, with the exit codes ${codes.join(', ')}:\n\n${text}`);
}

/**
 * Unit tests share nothing. Tests of parts and of the whole run real programs and mostly wait, so one lane of each goes at once.
 * @param {readonly string[]} paths
 */
function lanesOf(paths) {
  return {
    unit: paths.filter(isUnit),
    parts: paths.filter((path) => !isUnit(path) && !isWhole(path)),
    whole: paths.filter(isWhole),
  };
}

/**
 * The first writes as it goes; the reports of the others follow, each in one piece.
 * @param {readonly (readonly string[])[]} runs arguments of Node
 * @param {{ env: NodeJS.ProcessEnv, folder: string }} how
 * @returns {Promise<readonly number[]>} their exit codes
 */
async function runSideBySide(runs, { env, folder }) {
  const reports = runs.map((_, lane) => openSync(join(folder, String(lane)), 'w+'));
  const ended = runs.map((args, lane) =>
    runProgram(process.execPath, args, { env, ...(lane > 0 && { file: reports[lane] }) }),
  );
  const codes = [];
  for (const [lane, end] of ended.entries()) {
    codes.push(await end);
    process.stdout.write(readFileSync(join(folder, String(lane))));
  }
  return codes;
}

/** @param {readonly string[]} paths */
function hasSome(paths) {
  return paths.length > 0;
}

/** @param {string} path */
function isUnit(path) {
  return path.startsWith('test/unit');
}

/** @param {string} path */
function isWhole(path) {
  return path.startsWith('test/e2e');
}

/** @param {string} path */
function toPattern(path) {
  return statSync(join(ROOT, path)).isDirectory() ? `${path.replace(/\/$/, '')}/**/*.spec.ts` : path;
}
