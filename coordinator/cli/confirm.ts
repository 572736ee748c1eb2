import { createInterface } from 'node:readline';
import { HeadframeError } from '../../common/model/error.js';
import { usageError } from './usage-error.js';
import { isInteractive, write } from './world.js';
import type { World } from './world.js';

/**
 * Returns when the person at the terminal says yes, or has said `--yes`.
 * Throws HeadframeError: invalid_argument, confirmation_needed, without a terminal; failed_precondition, declined.
 */
export async function confirm(world: World, what: string, yes: boolean | undefined): Promise<void> {
  if (yes === true) return;
  if (!isInteractive(world)) {
    throw usageError('confirmation_needed', `${what}: needs a confirmation`, 'Say --yes where nobody can be asked.');
  }
  await write(world.stderr, `${what}? [y/N] `);
  const answer = await readLine(world);
  if (/^y(?:es)?$/i.test(answer.trim())) return;
  throw new HeadframeError({ code: 'failed_precondition', reason: 'declined', message: 'not confirmed; nothing done' });
}

/** The next line of stdin; '' when it ends or the program is interrupted. */
function readLine({ stdin, interrupt }: World): Promise<string> {
  // Without line editing the terminal stays as it is, and Ctrl-C a signal.
  const lines = createInterface({ input: stdin, terminal: false });
  const close = (): void => lines.close();
  interrupt.addEventListener('abort', close, { once: true });
  return new Promise<string>((resolve) => {
    lines.once('line', resolve).once('close', () => resolve(''));
  }).finally(() => {
    interrupt.removeEventListener('abort', close);
    lines.close();
  });
}
