import { Cleanup } from './cleanup.mjs';
import { BootstrapError, say } from './say.mjs';
import { passOnInterrupts } from './steps.mjs';

/**
 * Runs a bootstrap program: its answer is the exit code, what it started is stopped whatever happens.
 * @param {(args: readonly string[], cleanup: Cleanup) => Promise<number>} main
 */
export async function runBootstrap(main) {
  passOnInterrupts();
  const cleanup = new Cleanup();
  try {
    process.exitCode = await main(process.argv.slice(2), cleanup);
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    say(error.message);
    process.exitCode = 1;
  } finally {
    if (!(await cleanup.run())) process.exitCode ||= 1;
  }
}
