import { setMaxListeners } from 'node:events';

/**
 * Calls `fn` when the signal is aborted; the answer takes that back. One signal may stand over hundreds of calls at
 * once, which Node would otherwise report as a leak from the eleventh on.
 */
export function onAbort(signal: AbortSignal, fn: () => void): () => void {
  setMaxListeners(0, signal);
  signal.addEventListener('abort', fn, { once: true });
  return () => signal.removeEventListener('abort', fn);
}

/** What a signal was aborted with, as an error. */
export function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
