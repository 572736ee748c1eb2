/** What a stream has said, or how it has failed. */
interface Told<T> {
  readonly iterator: AsyncIterator<T>;
  readonly take: () => IteratorResult<T>;
}

/**
 * What several streams say, as it comes, one of each at a time: none is asked for more before that was taken. Ends with the
 * first that ends or fails; the others end by their own signal.
 */
export async function* merged<T>(...streams: readonly AsyncIterable<T>[]): AsyncGenerator<T, void, undefined> {
  const iterators = streams.map((stream) => stream[Symbol.asyncIterator]());
  const told: Told<T>[] = [];
  let wake: () => void = () => undefined;
  const ask = (iterator: AsyncIterator<T>): void => {
    const tell = (take: () => IteratorResult<T>): void => {
      told.push({ iterator, take });
      wake();
    };
    iterator.next().then(
      (result) => {
        tell(() => result);
      },
      (error: unknown) => {
        tell(() => {
          throw error;
        });
      },
    );
  };
  for (const iterator of iterators) ask(iterator);
  const come = async (): Promise<Told<T>> => {
    for (;;) {
      const next = told.shift();
      if (next !== undefined) return next;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  try {
    for (;;) {
      const { iterator, take } = await come();
      const result = take();
      if (result.done === true) return;
      yield result.value;
      ask(iterator);
    }
  } finally {
    // Nobody waits for them, nor is told how they ended.
    for (const iterator of iterators) iterator.return?.().catch(() => undefined);
  }
}
