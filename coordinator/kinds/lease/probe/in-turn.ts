import type { Clock } from '../../../../common/model/clock.js';

/** One try. Says once it has reached somebody, and ends with its signal; never rejects. */
export type Try<T> = (onReached: () => void, signal: AbortSignal) => Promise<T>;

/** Until the next try begins beside one that has reached nobody (RFC 8305 recommends it), or that has and is not over; milliseconds. */
const WAIT_MS = { unreached: 250, reached: 2_000 } as const;

/**
 * Tries one after the other until one is good: each is a whole login, for which whoever is tried has to pay. The next begins where one was
 * not good, or beside it where it takes long. What is under way once one is good is ended. Resolves with what came, in the order of the tries.
 */
export function tryInTurn<T>(
  tries: readonly Try<T>[],
  isGood: (found: T) => boolean,
  clock: Pick<Clock, 'setTimer'>,
): Promise<T[]> {
  const over = new AbortController();
  const found = new Map<number, T>();
  let begun = 0;
  let stopWaiting: () => void = () => undefined;
  return new Promise((resolve) => {
    const finish = (): void => {
      stopWaiting();
      over.abort();
      resolve([...found].sort(([a], [b]) => a - b).map(([, one]) => one));
    };
    const waitFor = (ms: number): void => {
      stopWaiting();
      if (begun < tries.length) stopWaiting = clock.setTimer(beginNext, ms);
    };
    const take = (at: number, one: T): void => {
      if (over.signal.aborted) return;
      found.set(at, one);
      if (isGood(one) || found.size === tries.length) finish();
      else if (at === begun - 1) beginNext();
    };
    function beginNext(): void {
      const at = begun;
      const next = tries[at];
      if (next === undefined) return;
      begun += 1;
      waitFor(WAIT_MS.unreached);
      const onReached = (): void => {
        if (at === begun - 1) waitFor(WAIT_MS.reached);
      };
      void next(onReached, over.signal).then((one) => {
        take(at, one);
      });
    }
    if (tries.length === 0) finish();
    else beginNext();
  });
}
