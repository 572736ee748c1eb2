import { setTimeout as sleep } from 'node:timers/promises';

/** How long and how often to ask. */
export interface Polling {
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Asks until there is an answer; undefined is none yet, and so is a failed call. Answers undefined when the time is up.
 * Throws the signal's reason when it is aborted.
 */
export async function pollUntil<T>(
  ask: () => Promise<T | undefined>,
  { everyMs, timeoutMs, signal }: Polling,
): Promise<T | undefined> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    // A program that is starting or ending refuses calls; the time limit judges that.
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return answer;
    if (performance.now() > deadlineMs) return undefined;
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
