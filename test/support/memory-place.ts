import type { AuthorityPlace, AuthorityRecordName, PlacedRecord } from '../../coordinator/security/authority/index.js';

/** A place that coordinators of a test share, in memory; whoever watches is told at once. */
export class MemoryPlace implements AuthorityPlace {
  readonly toBeginAnew = 'make another';
  readonly shared = { watch: (replaced: () => void, signal: AbortSignal) => this.#watch(replaced, signal) };
  readonly #records = new Map<AuthorityRecordName, PlacedRecord>();
  readonly #watchers = new Set<() => void>();
  #revision = 0;

  whereIs(record: AuthorityRecordName): string {
    return `${record} in memory`;
  }

  read(record: AuthorityRecordName): Promise<PlacedRecord | undefined> {
    return Promise.resolve(this.#records.get(record));
  }

  async replace(record: AuthorityRecordName, text: string, revision: number): Promise<number | undefined> {
    await Promise.resolve();
    if ((this.#records.get(record)?.revision ?? 0) !== revision) return undefined;
    this.#revision += 1;
    this.#records.set(record, { text, revision: this.#revision });
    for (const watcher of this.#watchers) watcher();
    return this.#revision;
  }

  /** Watchers at present. */
  get watchers(): number {
    return this.#watchers.size;
  }

  #watch(replaced: () => void, signal: AbortSignal): Promise<void> {
    this.#watchers.add(replaced);
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        this.#watchers.delete(replaced);
        resolve();
      });
    });
  }
}
