import type { Readable } from 'node:stream';
import type { Clock } from '../../../common/model/clock.js';
import { onAbort, reasonOf } from '../on-abort.js';
import { runtimeError } from '../runtime-error.js';

/** How long a call may take, and who may end it earlier. */
export interface CallLimits {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
}

/**
 * Makes one engine call that settles at the deadline at the latest, even if the library never answers: an aborted
 * request whose answer has begun may otherwise wait for ever. Rejects with `engine_unavailable` at the deadline and
 * with the signal's reason when the caller gives up.
 */
export function withDeadline<T>(limits: CallLimits, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { clock, signal, deadlineMs } = limits;
  return new Promise<T>((resolve, reject) => {
    if (signal.aborted) {
      reject(reasonOf(signal));
      return;
    }
    const controller = new AbortController();
    const end = (error: Error): void => {
      settle();
      reject(error);
      controller.abort(error);
    };
    const giveUp = (): void => end(reasonOf(signal));
    const cancelTimer = clock.setTimer(() => end(deadlineError(deadlineMs)), deadlineMs);
    const settle = (): void => {
      cancelTimer();
      letGo();
    };
    const letGo = onAbort(signal, giveUp);
    call(controller.signal).then(resolve, reject).finally(settle);
  });
}

function deadlineError(deadlineMs: number): Error {
  return runtimeError('engine_unavailable', `the container engine did not answer within ${String(deadlineMs)} ms`);
}

/** Ends the stream with the signal, and lets go of the signal with the stream. */
export function tieToSignal<T extends Readable>(stream: T, signal: AbortSignal): T {
  const stop = (): void => {
    stream.destroy(reasonOf(signal));
  };
  // Whoever reads the stream hears of its end; nobody else needs to, and an unheard 'error' would end the process.
  stream.on('error', () => undefined);
  stream.once('close', onAbort(signal, stop));
  if (signal.aborted) stop();
  return stream;
}
