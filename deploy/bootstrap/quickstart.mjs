// `npm run quickstart [-- OPTIONS]`: brings up what a small fleet on this machine needs, hands over to
// deploy/quickstart, and at its end stops what was brought up here. Progress goes to stderr: stdout is the program's.
import { join } from 'node:path';
import { ensureBuild } from './build.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { ensureNats } from './nats.mjs';
import { ROOT } from './paths.mjs';
import { runBootstrap } from './program.mjs';
import { prepareDocker } from './quickstart-docker.mjs';
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
