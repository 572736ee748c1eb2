import type { InstanceRecord } from '../../../common/model/instance.js';
import { HEX_ID_BYTES, InstanceColumns, PAGE_ROWS } from '../../instances/instance-columns.js';
import { cell } from '../../instances/instance-rows.js';
import type { InstanceRows } from '../../instances/instance-rows.js';
import { SerialNumbers } from '../../instances/serial-numbers.js';
import { FrozenInstances } from './frozen-instances.js';
import type { Page } from './frozen-instances.js';

/**
 * The durable instances in columns: about 100 bytes each, where objects would take 500. A page is what a snapshot writes
 * at once, and what is copied when one of its rows changes under a snapshot.
 */
export class InstancePages {
  readonly #rows = new SerialNumbers();
  readonly #pages: Page[] = [];
  readonly #freeRows: number[] = [];
  #rowsUsed = 0;

  /** Keeps a record in place of the one before. */
  set(record: InstanceRecord): void {
    const row = this.#rows.get(record.serial) ?? this.#take(record.serial);
    const page = this.#writable(row);
    const slot = row % PAGE_ROWS;
    page.columns.write(slot, record);
    page.miners[slot] = record.miner;
    page.hosts[slot] = record.hostId;
  }

  /** Keeps many records in place of those before; their container ids are those of `hexIds` if given, 32 bytes each. */
  setAll(rows: InstanceRows, hexIds?: Uint8Array): void {
    const { like, serials, columns } = rows;
    for (let at = 0; at < serials.length; at += 1) {
      const serial = serials[at] ?? like.serial;
      const row = this.#rows.get(serial) ?? this.#take(serial);
      const page = this.#writable(row);
      const slot = row % PAGE_ROWS;
      page.columns.writeOf(slot, rows, at);
      if (hexIds !== undefined) page.columns.writeHexId(slot, hexIds, at * HEX_ID_BYTES);
      page.miners[slot] = cell(columns.miner, at, like.miner);
      page.hosts[slot] = cell(columns.hostId, at, like.hostId);
    }
  }

  delete(serial: number): void {
    const row = this.#rows.get(serial);
    if (row === undefined) return;
    this.#writable(row).columns.clear(row % PAGE_ROWS);
    this.#rows.delete(serial);
    this.#freeRows.push(row);
  }

  /** The records as they are now, whatever comes later; copies nothing but the list of pages. */
  freeze(): FrozenInstances {
    for (const page of this.#pages) page.frozen = true;
    return new FrozenInstances([...this.#pages], this.#rowsUsed - this.#freeRows.length);
  }

  #take(serial: number): number {
    const row = this.#freeRows.pop() ?? this.#rowsUsed++;
    this.#rows.set(serial, row);
    return row;
  }

  #writable(row: number): Page {
    const number = Math.floor(row / PAGE_ROWS);
    const page = this.#pages[number];
    if (page?.frozen === false) return page;
    return (this.#pages[number] = page === undefined ? newPage() : copyOf(page));
  }
}

function newPage(): Page {
  return { columns: new InstanceColumns(), miners: [], hosts: [], frozen: false };
}

function copyOf({ columns, miners, hosts }: Page): Page {
  return { columns: columns.copy(), miners: [...miners], hosts: [...hosts], frozen: false };
}
