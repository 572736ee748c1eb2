// `npm run bench:NAME [-- OPTIONS]`: runs test/bench/NAME against compiled programs, a real engine and a NATS server.
import { join } from 'node:path';
import { ensureDependencies } from './dependencies.mjs';
import { ROOT } from './paths.mjs';
import { runBootstrap } from './program.mjs';
import { runProgram } from './steps.mjs';
import { prepareTestMachine } from './test-machine.mjs';

await runBootstrap(async ([name = '', ...options], cleanup) => {
  await ensureDependencies();
  const env = { ...process.env, ...(await prepareTestMachine(cleanup)) };
  const main = join(ROOT, 'test/bench', name, 'main.ts');
  return runProgram(process.execPath, ['--import', 'tsx', main, ...options], { env });
});
