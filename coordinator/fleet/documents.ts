import type { DocumentTable, StoreChange } from '../store/store.js';

/** One table of documents, with the value that each key had before the transaction under way. */
export class Documents<V extends object, K extends string | number = string> {
  readonly #table: DocumentTable;
  readonly #values: Map<K, V>;
  readonly #before = new Map<K, V | undefined>();

  constructor(table: DocumentTable, values: Iterable<readonly [K, V]>) {
    this.#table = table;
    this.#values = new Map(values);
  }

  /** Takes over what another has stored under a key, or that it has removed it; between transactions. */
  adopt(key: K, value: V | undefined): void {
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, value);
  }

  get(key: K): V | undefined {
    return this.#values.get(key);
  }

  values(): Iterable<V> {
    return this.#values.values();
  }

  put(key: K, value: V): void {
    this.#remember(key);
    this.#values.set(key, value);
  }

  remove(key: K): void {
    this.#remember(key);
    this.#values.delete(key);
  }

  /** Brings back what was before the transaction. */
  undo(): void {
    for (const [key, value] of this.#before)
      if (value === undefined) this.#values.delete(key);
      else this.#values.set(key, value);
    this.#before.clear();
  }

  /** Ends the transaction: adds its changes, one for each key. */
  takeChanges(changes: StoreChange[]): void {
    // Emptying an empty map costs more than a whole transition.
    if (this.#before.size === 0) return;
    for (const [key, before] of this.#before) {
      const value = this.#values.get(key);
      if (value === before) continue;
      const at = { table: this.#table, key: String(key) };
      changes.push(value === undefined ? { kind: 'documentRemoved', ...at } : { kind: 'document', ...at, value });
    }
    this.#before.clear();
  }

  #remember(key: K): void {
    if (!this.#before.has(key)) this.#before.set(key, this.#values.get(key));
  }
}
