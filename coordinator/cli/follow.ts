import { HeadframeError } from '../../common/model/error.js';
import type { Invocation } from './invocation.js';

/**
 * Runs what goes on until Ctrl-C: when `follows` is set, being interrupted is its natural end and no error.
 */
export async function untilInterrupted(call: Invocation, follows: boolean, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (!follows || !call.signal.aborted) throw error;
  }
}

/** The error that a command ends with when Ctrl-C or SIGTERM cuts it short. */
export function interruptedError(): HeadframeError {
  return new HeadframeError({ code: 'cancelled', reason: 'interrupted', message: 'interrupted' });
}
