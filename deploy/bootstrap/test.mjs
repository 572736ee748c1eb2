// `npm test [-- PATHS and mocha's options]`: brings up what the tests need, runs them, and stops what it brought up.
// Without paths everything runs; `npm test -- test/unit` needs neither Docker nor NATS.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuild } from './build.mjs';
import { buildBusyboxImage } from './busybox-image.mjs';
import { Cleanup } from './cleanup.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { ensureDocker } from './docker.mjs';
import { ensureNats } from './nats.mjs';
import { ensurePackages } from './packages.mjs';
import { ROOT } from './paths.mjs';
import { BootstrapError, say } from './say.mjs';
import { assertNotInterrupted, passOnInterrupts, runProgram } from './steps.mjs';

const IMAGE = 'headframe-test/busybox:1';
const packages = ['busybox-static', 'python3-grpcio', 'python3-grpc-tools'];
const suites = ['test/unit', 'test/integration', 'test/fault', 'test/e2e'];

passOnInterrupts();
const cleanup = new Cleanup();
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error;
  say(error.message);
  process.exitCode = 1;
} finally {
  if (!(await cleanup.run())) process.exitCode ||= 1;
}

/** @param {readonly string[]} args */
async function main(args) {
  const named = args.filter((arg) => existsSync(join(ROOT, arg)));
  const options = args.filter((arg) => !named.includes(arg));
  const paths = named.length > 0 ? named : suites.filter((suite) => existsSync(join(ROOT, suite)));
  await ensureDependencies();
  const needsMachine = paths.some((path) => !path.startsWith('test/unit'));
  const env = { ...process.env, ...(needsMachine ? await prepareMachine() : {}) };
  // Not mocha's bin, which runs this file in a child of its own and kills it on an interrupt, hooks and all.
  const mocha = ['--import', 'tsx', join(ROOT, 'node_modules/mocha/lib/cli/cli.js')];
  const reporter = ['--reporter', join(ROOT, 'test/support/reporter.ts')];
  const specs = paths.map(toPattern);
  const code = await runProgram(process.execPath, [...mocha, '--fail-zero', ...reporter, ...options, ...specs], {
    env,
  });
  assertNotInterrupted();
  return code;
}

/** Everything beyond Node that integration and end-to-end tests stand on. @returns {Promise<NodeJS.ProcessEnv>} */
async function prepareMachine() {
  await ensureBuild();
  await ensurePackages(packages);
  const engine = await ensureDocker();
  cleanup.add(engine.stop);
  const nats = await ensureNats();
  cleanup.add(nats.stop);
  await buildBusyboxImage(engine.socketPath, IMAGE);
  return {
    HEADFRAME_TEST_DOCKER_SOCKET: engine.socketPath,
    HEADFRAME_TEST_NATS_URL: nats.url,
    HEADFRAME_TEST_IMAGE: IMAGE,
  };
}

/** @param {string} path */
function toPattern(path) {
  return statSync(join(ROOT, path)).isDirectory() ? `${path.replace(/\/$/, '')}/**/*.spec.ts` : path;
}
