// `npm run cluster:demo`: sees that there are an engine and a new NATS server, hands over to deploy/cluster-demo, and at its end
// stops what was brought up here. Progress goes to stderr: stdout is the program's.
import { join } from 'node:path';
import { ensureBuild } from './build.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { ensureNewNats } from './nats-new.mjs';
import { ROOT } from './paths.mjs';
import { runBootstrap } from './program.mjs';
import { prepareDocker } from './quickstart-docker.mjs';
import { runProgram } from './steps.mjs';

await runBootstrap(async (args, cleanup) => {
  await ensureDependencies();
  await ensureBuild();
  const env = { ...process.env };
  // Anything that it is told is a question for its usage.
  if (args.length === 0) Object.assign(env, await prepareDocker(cleanup), { NATS_SERVER: await ensureNewNats() });
  return runProgram(process.execPath, [join(ROOT, 'dist/deploy/cluster-demo/main.js'), ...args], { env });
});
