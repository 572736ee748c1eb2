import { HeadframeError, toHeadframeError } from '../../common/model/error.js';
import { Cleanup } from './cleanup.js';
import { Interrupted, listenForInterrupts } from './interrupts.js';
import { say } from './say.js';

/**
 * Runs what starts programs until it is done, fails or is interrupted, then undoes what it has started. Resolves with the exit
 * code: 130 where it was interrupted, 1 where it, or the undoing, failed.
 */
export async function runInOrder(run: (cleanup: Cleanup, end: AbortSignal) => Promise<void>): Promise<number> {
  const interrupts = listenForInterrupts();
  const cleanup = new Cleanup();
  let code = 0;
  try {
    await run(cleanup, interrupts.end);
  } catch (error) {
    code = tellFailure(error, 1);
  }
  if (!(await cleanup.run(interrupts.force))) return code || 1;
  say('everything that was started is ended and removed');
  return code;
}

/** Says what went wrong, and answers the exit code, which is `code` for all but an interrupt. */
export function tellFailure(error: unknown, code: number): number {
  if (error instanceof Interrupted) return 130;
  const { message, remedy, violations } = toHeadframeError(error);
  say(message);
  for (const { document = '', path, expected } of violations) say(`  ${document} ${path}: expected ${expected}`);
  if (remedy !== undefined) say(remedy);
  // What was not foreseen is for whoever mends it.
  if (!(error instanceof HeadframeError) && error instanceof Error) say(error.stack ?? '');
  return code;
}
