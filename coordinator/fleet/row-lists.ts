import type { Health, InstanceState } from '../../common/model/instance.js';
import { INSTANCE_STATES } from '../../common/model/instance.js';
import { capacityFor, widen } from '../instances/columns.js';
import type { InstanceCounts } from './port.js';

// Counts stand in the order of the states, the healthy ones behind.
const HEALTHY = INSTANCE_STATES.length;
const NO_COUNTS = new Uint32Array(HEALTHY + 1);

const STRIDE = 4;
const NEXT = 0;
const PREV = 1;
const OWNER = 2;

/** The rows of one miner or host: ends of its list and counts by state. */
export interface RowList {
  readonly id: number;
  readonly name: string;
  /** Row + 1; 0 means none. */
  head: number;
  tail: number;
  length: number;
  readonly counts: Uint32Array;
}

/**
 * Rows in doubly linked lists by a name (miner or host), the links in columns: 12 bytes an instance, nothing to search
 * when one goes. A row is in at most one list; a list goes with its last row.
 */
export class RowLists {
  #capacity = 0;
  /** A row's next and previous one and its list side by side, each + 1 and 0 for none: one trip to memory for all. */
  #links = new Int32Array();
  readonly #byName = new Map<string, RowList>();
  /** The list asked for last. */
  #last: RowList | undefined;
  readonly #byId: (RowList | undefined)[] = [];
  readonly #freeIds: number[] = [];

  get(name: string): RowList | undefined {
    // Rows of one miner, and runs on one host, come one after the other.
    if (this.#last?.name === name) return this.#last;
    const list = this.#byName.get(name);
    if (list !== undefined) this.#last = list;
    return list;
  }

  listOf(row: number): RowList | undefined {
    const owner = row < this.#capacity ? (this.#links[row * STRIDE + OWNER] ?? 0) : 0;
    return owner === 0 ? undefined : this.#byId[owner - 1];
  }

  /** Links a row behind the last one that `precedes` answers true for, looking from the end. */
  insert(row: number, name: string, precedes: (other: number) => boolean): RowList {
    if (row >= this.#capacity) this.#grow(row + 1);
    const list = this.get(name) ?? this.#open(name);
    let before = list.tail;
    while (before !== 0 && !precedes(before - 1)) before = this.#links[(before - 1) * STRIDE + PREV] ?? 0;
    const after = before === 0 ? list.head : (this.#links[(before - 1) * STRIDE + NEXT] ?? 0);
    this.#join(list, before, row + 1);
    this.#join(list, row + 1, after);
    this.#links[row * STRIDE + OWNER] = list.id + 1;
    list.length += 1;
    return list;
  }

  /** Links rows behind the last one, in their order. */
  append(rows: readonly number[], name: string): RowList {
    const list = this.get(name) ?? this.#open(name);
    for (const row of rows) {
      if (row >= this.#capacity) this.#grow(row + 1);
      this.#join(list, list.tail, row + 1);
      this.#join(list, row + 1, 0);
      this.#links[row * STRIDE + OWNER] = list.id + 1;
    }
    list.length += rows.length;
    return list;
  }

  /** Takes a row out of its list. */
  unlink(row: number): void {
    const list = this.listOf(row);
    if (list === undefined) return;
    this.#join(list, this.#links[row * STRIDE + PREV] ?? 0, this.#links[row * STRIDE + NEXT] ?? 0);
    this.#links[row * STRIDE + OWNER] = 0;
    list.length -= 1;
    if (list.length === 0) this.#close(list);
  }

  /** The rows of a name in order. The row just given may be unlinked on the way, no other. */
  *rows(name: string): Generator<number> {
    let at = this.#byName.get(name)?.head ?? 0;
    while (at !== 0) {
      const next = this.#links[(at - 1) * STRIDE + NEXT] ?? 0;
      yield at - 1;
      at = next;
    }
  }

  /** Sets the neighbours on both sides of one link; 0 stands for the list's end. */
  #join(list: RowList, before: number, after: number): void {
    if (before === 0) list.head = after;
    else this.#links[(before - 1) * STRIDE + NEXT] = after;
    if (after === 0) list.tail = before;
    else this.#links[(after - 1) * STRIDE + PREV] = before;
  }

  #open(name: string): RowList {
    const id = this.#freeIds.pop() ?? this.#byId.length;
    const list = { id, name, head: 0, tail: 0, length: 0, counts: new Uint32Array(HEALTHY + 1) };
    this.#byId[id] = list;
    this.#byName.set(name, list);
    return list;
  }

  #close(list: RowList): void {
    this.#byName.delete(list.name);
    if (this.#last === list) this.#last = undefined;
    this.#byId[list.id] = undefined;
    this.#freeIds.push(list.id);
  }

  #grow(rows: number): void {
    const capacity = capacityFor(rows, this.#capacity);
    this.#links = widen(Int32Array, this.#links, capacity * STRIDE);
    this.#capacity = capacity;
  }
}

/** Counts instances into their list (`by` above 0) or out of it (below). */
export function count(list: RowList | undefined, is: { state: InstanceState; health: Health }, by: number): void {
  if (list === undefined) return;
  const state = INSTANCE_STATES.indexOf(is.state);
  list.counts[state] = (list.counts[state] ?? 0) + by;
  const healthy = is.state === 'running' && (is.health === 'healthy' || is.health === 'none');
  if (healthy) list.counts[HEALTHY] = (list.counts[HEALTHY] ?? 0) + by;
}

/** The counts of a list as its readers get them; those of no list are all 0. */
export function countsOf(list: RowList | undefined): InstanceCounts {
  const counts = list?.counts ?? NO_COUNTS;
  const at = (index: number): number => counts[index] ?? 0;
  return {
    pending: at(0),
    assigned: at(1),
    preparing: at(2),
    starting: at(3),
    running: at(4),
    stopping: at(5),
    stopped: at(6),
    failed: at(7),
    lost: at(8),
    healthy: at(HEALTHY),
  };
}
