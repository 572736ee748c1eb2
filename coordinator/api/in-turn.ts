/**
 * What `first` says, then what the stream that is made of its answer says. Like `yield*` for both, which takes some turns of the
 * microtask queue more for each value: dear where thousands listen.
 */
export function inTurn<T, Answer>(
  first: AsyncGenerator<T, Answer, undefined>,
  rest: (answer: Answer) => AsyncGenerator<T, unknown, undefined>,
): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => new InTurn(first, rest) };
}

class InTurn<T, Answer> implements AsyncIterator<T, unknown> {
  readonly #first: AsyncGenerator<T, Answer, undefined>;
  readonly #rest: (answer: Answer) => AsyncGenerator<T, unknown, undefined>;
  #second: AsyncGenerator<T, unknown, undefined> | undefined;

  constructor(
    first: AsyncGenerator<T, Answer, undefined>,
    rest: (answer: Answer) => AsyncGenerator<T, unknown, undefined>,
  ) {
    this.#first = first;
    this.#rest = rest;
  }

  next(): Promise<IteratorResult<T, unknown>> {
    if (this.#second !== undefined) return this.#second.next();
    return this.#first.next().then((result): IteratorYieldResult<T> | Promise<IteratorResult<T, unknown>> => {
      if (result.done !== true) return result;
      this.#second = this.#rest(result.value);
      return this.#second.next();
    });
  }

  async return(): Promise<IteratorResult<T, unknown>> {
    // What it would have answered nobody asks for.
    if (this.#second === undefined) await this.#first.return(undefined as Answer);
    else await this.#second.return(undefined);
    return { done: true, value: undefined };
  }
}
