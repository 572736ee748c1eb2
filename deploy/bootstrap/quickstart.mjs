// `npm run quickstart [-- OPTIONS]`: brings up what a small fleet on this machine needs, hands over to
// deploy/quickstart, and at its end stops what was brought up here. Progress goes to stderr: stdout is the program's.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuild } from './build.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { ensureDocker } from './docker.mjs';
import { ensureNats } from './nats.mjs';
import { ensurePackages } from './packages.mjs';
import { ROOT } from './paths.mjs';
import { runBootstrap } from './program.mjs';
import { BootstrapError, say } from './say.mjs';
import { runProgram } from './steps.mjs';

/** @typedef {import('./cleanup.mjs').Cleanup} Cleanup */

await runBootstrap(async (args, cleanup) => {
  await ensureDependencies();
  await ensureBuild();
  const env = { ...process.env };
  if (!args.includes('--help')) {
    if (!asksForProcesses(args)) Object.assign(env, await prepareDocker(cleanup));
    Object.assign(env, await prepareNats(cleanup));
  }
  return runProgram(process.execPath, [join(ROOT, 'dist/deploy/quickstart/main.js'), ...args], { env });
});

/** @param {readonly string[]} args */
function asksForProcesses(args) {
  return args.includes('--runtime=process') || args[args.indexOf('--runtime') + 1] === 'process';
}

/** @param {Cleanup} cleanup @returns {Promise<{ DOCKER_HOST: string }>} */
async function prepareDocker(cleanup) {
  const engine = await ensureDocker();
  cleanup.add(engine.stop);
  // The example image is made of it, since no registry is asked.
  if (!existsSync('/bin/busybox')) await ensurePackages(['busybox-static']);
  return { DOCKER_HOST: `unix://${engine.socketPath}` };
}

/**
 * Metrics and events need NATS, running miners does not: without it the fleet comes up all the same.
 * @param {Cleanup} cleanup
 */
async function prepareNats(cleanup) {
  try {
    const nats = await ensureNats();
    cleanup.add(nats.stop);
    return { NATS_URL: nats.url };
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    say(`going on without NATS, so nothing is published. ${error.message}`);
    return {};
  }
}
