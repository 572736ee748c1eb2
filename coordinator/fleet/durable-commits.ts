import type { HeadframeError } from '../../common/model/error.js';
import { silentLogger } from '../../common/observe/logger.js';
import type { Logger } from '../../common/observe/logger.js';
import type { StoreCommit, StoredFleet } from '../store/store.js';
import { CommitRing } from './commit-ring.js';
import { Listeners } from './listeners.js';

/** Commits that are durable, for those who listen from now on and those who read on from a revision. */
export class DurableCommits {
  readonly #ring: CommitRing;
  readonly #listeners: Listeners;
  readonly #waiters = new Set<() => void>();

  /** Goes on behind what is stored; `watchDepth` changes and events are kept, 200,000 when left out. */
  constructor(
    { revision, recent }: Pick<StoredFleet, 'revision' | 'recent'>,
    { watchDepth = 200_000, logger = silentLogger }: { readonly watchDepth?: number; readonly logger?: Logger },
  ) {
    this.#ring = new CommitRing(watchDepth, revision);
    this.#ring.seed(recent);
    this.#listeners = new Listeners(logger);
  }

  /** Has each commit told; the answer ends it. */
  listen(listener: (commit: StoreCommit) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** The next one has become durable. */
  push(commit: StoreCommit): void {
    this.#ring.push(commit);
    this.#listeners.tell(commit);
    for (const wake of [...this.#waiters]) wake();
  }

  /**
   * Those after a revision, then those to come, until the signal. Throws `HeadframeError` (out_of_range) for one that is no
   * longer kept, and at once why nothing is told, where there is something.
   */
  async *after(
    revision: number,
    signal: AbortSignal,
    refusal: HeadframeError | undefined,
  ): AsyncGenerator<StoreCommit, void, undefined> {
    if (refusal !== undefined) throw refusal;
    for (let seen = revision; !signal.aborted;) {
      const commit = this.#ring.after(seen);
      if (commit === undefined) {
        await this.#next(signal);
        continue;
      }
      seen = commit.revision;
      yield commit;
    }
  }

  #next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiters.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiters.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
