/**
 * What a stream says, each put into other words; what `word` answers undefined for is left out. Like a generator over it, which
 * takes some turns of the microtask queue more for each: dear where thousands listen.
 */
export function mapped<T, U>(stream: AsyncIterable<T>, word: (said: T) => U | undefined): AsyncIterable<U> {
  return { [Symbol.asyncIterator]: () => new Mapped(stream[Symbol.asyncIterator](), word) };
}

class Mapped<T, U> implements AsyncIterator<U, undefined> {
  readonly #stream: AsyncIterator<T, unknown>;
  readonly #word: (said: T) => U | undefined;

  constructor(stream: AsyncIterator<T, unknown>, word: (said: T) => U | undefined) {
    this.#stream = stream;
    this.#word = word;
  }

  next(): Promise<IteratorResult<U, undefined>> {
    return this.#stream.next().then(this.#put);
  }

  async return(): Promise<IteratorResult<U, undefined>> {
    await this.#stream.return?.();
    return { done: true, value: undefined };
  }

  readonly #put = (
    result: IteratorResult<T, unknown>,
  ): IteratorResult<U, undefined> | Promise<IteratorResult<U, undefined>> => {
    if (result.done === true) return { done: true, value: undefined };
    try {
      const value = this.#word(result.value);
      return value === undefined ? this.next() : { done: false, value };
    } catch (error) {
      return this.#fail(error);
    }
  };

  /** Whoever asked is told by that alone, and leaves nothing. */
  async #fail(error: unknown): Promise<never> {
    await this.#stream.return?.();
    throw error;
  }
}
