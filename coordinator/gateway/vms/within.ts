import type { Clock } from '../../../common/model/clock.js';

/** Told in the place of what a stream had still to bring when its time was over. */
export const LATE = Symbol('late');

/** What a stream brings within a time in milliseconds, `LATE` last where it was not over by then; the stream is left then. */
export async function* within<T>(
  stream: AsyncIterable<T>,
  ms: number,
  clock: Pick<Clock, 'setTimer'>,
): AsyncGenerator<T | typeof LATE, void, undefined> {
  const pieces = stream[Symbol.asyncIterator]();
  let stop: () => void = () => undefined;
  const late = new Promise<typeof LATE>((resolve) => {
    stop = clock.setTimer(() => {
      resolve(LATE);
    }, ms);
  });
  try {
    for (;;) {
      const next = await Promise.race([pieces.next(), late]);
      if (next === LATE) yield LATE;
      if (next === LATE || next.done === true) return;
      yield next.value;
    }
  } finally {
    stop();
    // What it waits for may never come.
    void Promise.resolve(pieces.return?.()).catch(() => undefined);
  }
}
