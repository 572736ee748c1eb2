import { systemClock } from '../../common/model/clock.js';
import type { StoreCommit } from '../../coordinator/store/store.js';
import type { StoreTail, TailListener } from '../../coordinator/store/tail.js';

/** Far longer than a call takes. */
const LOOK_MS = 500;
const EMPTY = { epoch: 1, revision: 0, documents: new Map(), instances: [], recent: [], warnings: [] } as const;

/** What was committed in memory, followed from the first commit on. */
export class MemoryTail implements StoreTail {
  readonly #commits: () => readonly StoreCommit[];
  #listener: TailListener | undefined;
  #told = 0;
  readonly failures = { away: 0, unreadable: 0, lost: 0 };
  /** While it is away it tells nothing. */
  isAway = false;

  constructor(commits: () => readonly StoreCommit[]) {
    this.#commits = commits;
  }

  async run(listener: TailListener, signal: AbortSignal): Promise<void> {
    await listener.begin(EMPTY);
    this.#listener = listener;
    while (!signal.aborted) {
      this.#look();
      await systemClock.sleep(LOOK_MS, signal).catch(() => undefined);
    }
  }

  /** Begins anew, with nothing. */
  async beginAnew(): Promise<void> {
    this.#told = 0;
    await this.#listener?.begin(EMPTY);
  }

  readAnew(): void {
    void this.beginAnew();
  }

  async catchUp(): Promise<void> {
    this.#look();
  }

  #look(): void {
    if (this.isAway || this.#listener === undefined) return;
    const commits = this.#commits();
    for (; this.#told < commits.length; this.#told += 1) {
      const commit = commits[this.#told];
      if (commit !== undefined) this.#listener.commit(commit, 1);
    }
  }
}
