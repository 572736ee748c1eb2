import type { Term } from './term.js';

/** The term that a coordinator has, from when it was won until it was ended, and whoever waits for one. */
export class OwnTerm {
  #term: Term | undefined;
  #wake: () => void = () => undefined;

  /** Undefined while it has none. */
  get current(): Term | undefined {
    return this.#term;
  }

  /** It has this one now, or none. */
  set(term: Term | undefined): void {
    this.#term = term;
    this.wake();
  }

  /** Has whoever waits look again. */
  wake(): void {
    this.#wake();
  }

  /** The term, once it has one that holds. Rejects with the signal's reason, and what `look` throws, which is called before each wait. */
  async next(signal: AbortSignal, look: () => void, end: (term: Term) => Promise<void>): Promise<Term> {
    for (;;) {
      signal.throwIfAborted();
      look();
      const term = this.#term;
      if (term?.held() === true) return term;
      // Over before anybody acted for it: unless it is ended nobody stands for the next.
      if (term !== undefined) await end(term);
      else await this.#change(signal);
    }
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#wake = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }
}
