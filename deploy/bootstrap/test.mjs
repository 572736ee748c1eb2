// `npm test [-- PATHS and mocha's options]`: brings up what the tests need, runs them, and stops what it brought up.
// Without paths everything runs; `npm test -- test/unit` needs neither Docker nor NATS.
import { existsSync, mkdtempSync, openSync, readFileSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ensureDependencies } from './dependencies.mjs';
import { ROOT } from './paths.mjs';
import { runBootstrap } from './program.mjs';
import { BootstrapError } from './say.mjs';
import { assertNotInterrupted, runProgram } from './steps.mjs';
import { prepareTestMachine } from './test-machine.mjs';

// Not mocha's bin, which runs the tests in a child of its own and kills it on an interrupt, hooks and all. By its real
// path, since called through a link it would do nothing and end with 0.
const MOCHA = [
  ...['--import', 'tsx', realpathSync(join(ROOT, 'node_modules/mocha/lib/cli/cli.js'))],
  ...['--reporter', join(ROOT, 'test/support/reporter.ts'), '--fail-zero'],
];
const SUITES = ['test/unit', 'test/integration', 'test/fault', 'test/e2e'];
/**
 * Tests of parts and of the whole run real programs and mostly wait, so these lanes go at once, about as long each. Those of
 * one lane never meet: what takes images or names of the whole machine stays in one.
 */
const LANES = [
  ['test/fault', 'test/e2e/machine'],
  [
    'test/integration',
    ...['test/fault/agent', 'test/fault/challenge', 'test/fault/lease'],
    ...['test/e2e/networks.spec.ts', 'test/e2e/registration.spec.ts'],
  ],
  ['test/e2e'],
];

await runBootstrap(async (args, cleanup) => {
  const named = args.filter((arg) => existsSync(join(ROOT, arg)));
  const options = args.filter((arg) => !named.includes(arg));
  const paths = named.length > 0 ? named : SUITES.filter((suite) => existsSync(join(ROOT, suite)));
  await ensureDependencies();
  const specs = paths.flatMap(specsOf);
  if (specs.length === 0) throw new BootstrapError(`there are no tests in ${paths.join(', ')}`);
  const machine = specs.some((spec) => !isUnit(spec)) ? await prepareTestMachine(cleanup) : {};
  const folder = mkdtempSync(join(tmpdir(), 'headframe-test-'));
  try {
    const failures = join(folder, 'failures');
    const env = { ...process.env, ...machine, HEADFRAME_TEST_FAILURES: failures };
    const codes = await runLanes(specs, { options, env, folder });
    if (codes.some((code) => code !== 0)) sumUp(codes, failures);
    return Math.max(...codes);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/**
 * Unit tests share nothing and go first.
 * @param {readonly string[]} specs
 * @param {{ options: readonly string[], env: NodeJS.ProcessEnv, folder: string }} how
 * @returns {Promise<readonly number[]>} the exit codes
 */
async function runLanes(specs, { options, env, folder }) {
  /** @param {readonly string[]} lane */
  const mocha = (lane) => (lane.length > 0 ? [...MOCHA, ...options, ...lane] : undefined);
  const codes = [0];
  const unit = mocha(specs.filter(isUnit));
  if (unit !== undefined) {
    const jobs = ['--parallel', '--jobs', String(Math.min(2, availableParallelism()))];
    codes.push(await runProgram(process.execPath, [...unit, ...jobs], { env }));
    assertNotInterrupted();
  }
  const others = specs.filter((spec) => !isUnit(spec));
  const lanes = LANES.map((_, lane) => mocha(others.filter((spec) => laneOf(spec) === lane)));
  codes.push(...(await runSideBySide(lanes, { env, folder })));
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
 * The first writes as it goes; the reports of the others follow, each in one piece.
 * @param {readonly (readonly string[] | undefined)[]} runs arguments of Node by lane, undefined where there is nothing to run
 * @param {{ env: NodeJS.ProcessEnv, folder: string }} how
 * @returns {Promise<readonly number[]>} their exit codes
 */
async function runSideBySide(runs, { env, folder }) {
  const first = runs.findIndex((args) => args !== undefined);
  const reports = runs.map((_, lane) => openSync(join(folder, String(lane)), 'w+'));
  const ended = runs.map((args, lane) => {
    if (args === undefined) return 0;
    const own = { env: { ...env, HEADFRAME_TEST_LANE: String(lane) } };
    return runProgram(process.execPath, args, { ...own, ...(lane > first && { file: reports[lane] }) });
  });
  const codes = [];
  for (const [lane, end] of ended.entries()) {
    codes.push(await end);
    process.stdout.write(readFileSync(join(folder, String(lane))));
  }
  return codes;
}

/** @param {string} spec */
function isUnit(spec) {
  return isWithin('test/unit', spec);
}

/** The lane of the longest folder that it lies in, or of itself. @param {string} spec */
function laneOf(spec) {
  const holders = LANES.flat().filter((folder) => folder === spec || isWithin(folder, spec));
  const nearest = holders.sort((a, b) => b.length - a.length)[0];
  const lane = LANES.findIndex((folders) => nearest !== undefined && folders.includes(nearest));
  return Math.max(0, lane);
}

/** @param {string} folder @param {string} path */
function isWithin(folder, path) {
  return path.startsWith(`${folder}/`);
}

/** @param {string} path of one spec, or of a folder of them @returns {readonly string[]} */
function specsOf(path) {
  const from = relative(ROOT, join(ROOT, path));
  if (!statSync(join(ROOT, from)).isDirectory()) return [from];
  const files = readdirSync(join(ROOT, from), { recursive: true, encoding: 'utf8' });
  const specs = files.filter((file) => file.endsWith('.spec.ts')).map((file) => join(from, file));
  return specs.sort();
}
