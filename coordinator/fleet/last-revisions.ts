import { DATED_TABLES } from '../store/store.js';
import type { DatedTable, StoreCommit, StoredFleet } from '../store/store.js';

/** Revision of the last change of each miner and host: the same wherever the fleet is read, and after each start. */
export class LastRevisions {
  readonly #tables: ReadonlyMap<DatedTable, Map<string, number>>;
  readonly #startRevision: number;

  constructor({ revision, lastRevisions }: Pick<StoredFleet, 'revision' | 'lastRevisions'>) {
    this.#startRevision = revision;
    this.#tables = new Map(DATED_TABLES.map((table) => [table, new Map(lastRevisions?.get(table))]));
  }

  /** Of a document that is there; where that is not known, the revision at the start, which is never too low. */
  of(table: DatedTable, key: string): number {
    return this.#tables.get(table)?.get(key) ?? this.#startRevision;
  }

  /** Follows a commit. */
  take({ revision, changes }: StoreCommit): void {
    for (const change of changes) {
      if (change.kind !== 'document' && change.kind !== 'documentRemoved') continue;
      // Of a table that is not dated there is none.
      const dates = this.#tables.get(change.table as DatedTable);
      if (change.kind === 'document') dates?.set(change.key, revision);
      else dates?.delete(change.key);
    }
  }
}
