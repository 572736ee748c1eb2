import type { Logger } from '../../common/observe/logger.js';
import type { StoreCommit } from '../store/store.js';

/** Who is told of commits: each listener hears every commit, in order, also when one of them transacts in between. */
export class Listeners {
  readonly #logger: Logger;
  readonly #listeners = new Set<(commit: StoreCommit) => void>();
  readonly #queue: StoreCommit[] = [];
  #telling = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(listener: (commit: StoreCommit) => void): () => void {
    // Its own function each time, so that one listener added twice is two.
    const own = (commit: StoreCommit): void => listener(commit);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  tell(commit: StoreCommit): void {
    this.#queue.push(commit);
    if (this.#telling) return;
    this.#telling = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#tellAll(next);
    this.#telling = false;
  }

  #tellAll(commit: StoreCommit): void {
    for (const listener of this.#listeners)
      try {
        listener(commit);
      } catch (cause) {
        // The commit stands whatever a listener makes of it, and the others must hear of it.
        this.#logger.error({ err: cause, revision: commit.revision }, 'a listener of fleet changes failed');
      }
  }
}
