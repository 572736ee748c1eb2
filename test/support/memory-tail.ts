import { systemClock } from '../../common/model/clock.js';
import type { StoreCommit } from '../../coordinator/store/store.js';
import type { StoreTail, TailListener } from '../../coordinator/store/tail.js';

const LOOK_MS = 10;
const EMPTY = { epoch: 1, revision: 0, documents: new Map(), instances: [], recent: [], warnings: [] } as const;

/** What was committed in memory, followed from the first commit on. */
export class MemoryTail implements StoreTail {
  readonly #commits: () => readonly StoreCommit[];
  #told = 0;
  #knownMs = -Infinity;
  /** While it is away it tells nothing. */
  isAway = false;
  /** How much longer it has been away than it was. */
  lagMs = 0;

  constructor(commits: () => readonly StoreCommit[]) {
    this.#commits = commits;
  }

  get ageMs(): number {
    return systemClock.bootMs() - this.#knownMs + (this.isAway ? this.lagMs : 0);
  }

  async run(listener: TailListener, signal: AbortSignal): Promise<void> {
    await listener.begin(EMPTY);
    while (!signal.aborted) {
      const commits = this.#commits();
      for (; !this.isAway && this.#told < commits.length; this.#told += 1) {
        const commit = commits[this.#told];
        if (commit !== undefined) listener.commit(commit, 1);
      }
      if (!this.isAway) this.#knownMs = systemClock.bootMs();
      await systemClock.sleep(LOOK_MS, signal).catch(() => undefined);
    }
  }

  async catchUp(): Promise<void> {
    const endMs = systemClock.monotonicMs() + 1_000;
    while (!this.isAway && this.#told < this.#commits().length && systemClock.monotonicMs() < endMs)
      await systemClock.sleep(LOOK_MS, new AbortController().signal);
  }
}
