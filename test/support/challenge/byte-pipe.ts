/** Messages from one end to another, in memory. */
export class Pipe<T> implements AsyncIterable<T> {
  readonly #waiting: T[] = [];
  #wake: () => void = () => undefined;
  #ended = false;

  /** Nothing is taken any more once it has ended. */
  write(message: T): Promise<void> {
    if (this.#ended) return Promise.reject(new Error('the other side has gone'));
    this.#waiting.push(message);
    this.#wake();
    return Promise.resolve();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) yield next;
      else if (this.#ended) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
