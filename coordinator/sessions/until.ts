/**
 * Waits for a promise, but rejects with the signal's reason as soon as that is aborted. Leaves nothing behind on the signal,
 * so that a long-lived one can guard any number of waits; a race against one promise would keep what it was raced with.
 */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(toError(signal.reason));
    };
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
    });
    if (signal.aborted) abort();
  });
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
