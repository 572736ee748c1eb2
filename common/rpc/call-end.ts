import type { HeadframeError } from '../model/error.js';

/** One-way switch of a call, open → ended, with the error it ended with, if any. */
export class CallEnd {
  #ended = false;
  #error: HeadframeError | undefined;
  readonly #listeners = new Set<() => void>();

  get ended(): boolean {
    return this.#ended;
  }

  /** Undefined while open and after a good end. */
  get error(): HeadframeError | undefined {
    return this.#error;
  }

  /** Open → ended; later calls change nothing. */
  end(error?: HeadframeError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  /** Calls the listener once, at once if the call has ended already; the answer removes it. */
  onEnd(listener: () => void): () => void {
    if (this.#ended) {
      listener();
      return () => undefined;
    }
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
