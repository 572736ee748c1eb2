import { DOCUMENT_TABLES } from '../store.js';
import type { DocumentTable } from '../store.js';
import type { JournalChange } from './commit-codec.js';
import type { FrozenInstances } from './frozen-instances.js';
import { InstancePages } from './instance-pages.js';

/** Documents of a table by their keys. */
export type DocumentRows = readonly (readonly [key: string, value: object])[];

/** All records as of one revision. */
export interface Records {
  readonly documents: ReadonlyMap<DocumentTable, ReadonlyMap<string, object>>;
  readonly instances: FrozenInstances;
}

/** The durable records in memory, for snapshots to be taken from. It shares the documents with whoever made them. */
export class Mirror {
  readonly #documents: Map<DocumentTable, Map<string, object>>;
  readonly #instances: InstancePages;

  constructor(documents: Partial<Record<DocumentTable, DocumentRows>> = {}, instances = new InstancePages()) {
    this.#documents = new Map(DOCUMENT_TABLES.map((table) => [table, new Map(documents[table])]));
    this.#instances = instances;
  }

  apply(change: JournalChange): void {
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
        return;
      case 'documentRemoved':
        this.#documents.get(change.table)?.delete(change.key);
    }
  }

  /** The records as they are now, unmoved by later changes. Copies references of documents and of pages alone. */
  freeze(): Records {
    return {
      documents: new Map([...this.#documents].map(([table, rows]) => [table, new Map(rows)])),
      instances: this.#instances.freeze(),
    };
  }
}
