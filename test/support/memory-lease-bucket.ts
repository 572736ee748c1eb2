import type { LeaseBucket, LeaseEntry, LeaseValue } from '../../coordinator/leadership/index.js';

/** A bucket in memory, for any number of contenders; tests can have it away, or silent. */
export class MemoryLeaseBucket implements LeaseBucket {
  /** What is asked of it: answered, refused at once, or never answered though writes come through. */
  mode: 'answers' | 'away' | 'silent' = 'answers';
  entry: LeaseEntry = { revision: 0, value: undefined };
  readonly #watchers = new Set<(entry: LeaseEntry) => void>();

  read(): Promise<LeaseEntry> {
    return this.#answer(() => this.entry);
  }

  write(value: LeaseValue, revision: number): Promise<number | 'conflict'> {
    return this.#answer(() => {
      if (revision !== this.entry.revision) return 'conflict';
      this.entry = { revision: revision + 1, value };
      if (this.mode === 'answers') for (const tell of this.#watchers) tell(this.entry);
      return this.entry.revision;
    });
  }

  watch(onEntry: (entry: LeaseEntry) => void, signal: AbortSignal): Promise<void> {
    this.#watchers.add(onEntry);
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        this.#watchers.delete(onEntry);
        resolve();
      });
    });
  }

  #answer<T>(work: () => T): Promise<T> {
    if (this.mode === 'away') return Promise.reject(new Error('no server'));
    const done = Promise.resolve().then(work);
    return this.mode === 'silent' ? done.then(() => new Promise<T>(() => undefined)) : done;
  }
}
