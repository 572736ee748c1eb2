import { DATED_TABLES, DOCUMENT_TABLES } from '../store.js';
import type { DatedTable, DocumentTable, LastRevisions } from '../store.js';
import type { JournalChange } from './commit-codec.js';
import type { FrozenInstances } from './frozen-instances.js';
import { InstancePages } from './instance-pages.js';

/** Documents of a table by their keys, and where it is known the revision of the last change of each. */
export type DocumentRows = readonly (readonly [key: string, value: object, lastRevision?: number])[];

/** All records as of one revision. */
export interface Records {
  readonly documents: ReadonlyMap<DocumentTable, ReadonlyMap<string, object>>;
  readonly lastRevisions: LastRevisions;
  readonly instances: FrozenInstances;
}

/** What a mirror begins with. */
interface Beginning {
  readonly tables: Partial<Record<DocumentTable, DocumentRows>>;
  readonly instances: InstancePages;
  /** Of all of it: nothing has changed later. */
  readonly revision: number;
}

/** The durable records in memory, for snapshots to be taken from. It shares the documents with whoever made them. */
export class Mirror {
  readonly #documents: Map<DocumentTable, Map<string, object>>;
  readonly #lastRevisions: Map<DatedTable, Map<string, number>>;
  readonly #instances: InstancePages;

  constructor(
    { tables, instances, revision }: Beginning = { tables: {}, instances: new InstancePages(), revision: 0 },
  ) {
    this.#documents = new Map(
      DOCUMENT_TABLES.map((table) => [table, new Map(tables[table]?.map(([key, value]) => [key, value]))]),
    );
    this.#lastRevisions = new Map(
      DATED_TABLES.map((table) => [table, new Map(tables[table]?.map(([key, , last = revision]) => [key, last]))]),
    );
    this.#instances = instances;
  }

  /** Takes over a change of the commit with that revision. */
  apply(change: JournalChange, revision: number): void {
    switch (change.kind) {
      case 'instance':
        this.#instances.set(change.record);
        return;
      case 'instances':
        this.#instances.setAll(change.rows, change.hexIds);
        return;
      case 'instanceRemoved':
        this.#instances.delete(change.serial);
        return;
      case 'document':
        this.#documents.get(change.table)?.set(change.key, change.value);
        this.#datesOf(change.table)?.set(change.key, revision);
        return;
      case 'documentRemoved':
        this.#documents.get(change.table)?.delete(change.key);
        this.#datesOf(change.table)?.delete(change.key);
    }
  }

  /** The records as they are now, unmoved by later changes. Copies references of documents and of pages alone. */
  freeze(): Records {
    return {
      documents: copyOf(this.#documents),
      lastRevisions: copyOf(this.#lastRevisions),
      instances: this.#instances.freeze(),
    };
  }

  #datesOf(table: DocumentTable): Map<string, number> | undefined {
    return isDated(table) ? this.#lastRevisions.get(table) : undefined;
  }
}

/** Whether it is known with which commit each document of the table has changed last. */
export function isDated(table: DocumentTable): table is DatedTable {
  // It asks of any table whether it is one of them.
  return (DATED_TABLES as readonly DocumentTable[]).includes(table);
}

function copyOf<K, V>(tables: ReadonlyMap<K, ReadonlyMap<string, V>>): Map<K, Map<string, V>> {
  return new Map([...tables].map(([table, rows]) => [table, new Map(rows)]));
}
