import type { InstanceRecord } from '../../common/model/instance.js';
import { InstanceColumns } from '../instances/instance-columns.js';
import type { InstanceBlock, InstanceStanding } from '../instances/instance-columns.js';
import type { InstanceCounts, InstanceHolding, InstanceWhereabouts } from './port.js';
import { RowLists, count, countsOf } from './row-lists.js';
import type { StoredInstances } from '../store/store.js';
import { SerialNumbers } from '../instances/serial-numbers.js';

/** Rows between two yields, where something is done to each. */
export const SOME_ROWS = 4096;

/** All instances: columns for the fields, lists by miner and by host, counts kept as they change. Records are made on demand. */
export class InstanceTable {
  readonly #rows = new SerialNumbers();
  readonly #columns = new InstanceColumns();
  readonly #miners = new RowLists();
  readonly #hosts = new RowLists();
  readonly #ofWorkload = new Map<number, number>();
  readonly #freeRows: number[] = [];
  #rowsUsed = 0;

  /** The fields by row; to be read only. */
  get columns(): InstanceColumns {
    return this.#columns;
  }

  /** The row of a serial, for `columns`. */
  rowOf(serial: number): number | undefined {
    return this.#rows.get(serial);
  }

  /** The miner of a row. */
  minerAt(row: number): string {
    return this.#miners.listOf(row)?.name ?? '';
  }

  /** The host of a row. */
  hostAt(row: number): string | undefined {
    return this.#hosts.listOf(row)?.name;
  }

  get(serial: number): InstanceRecord | undefined {
    const row = this.#rows.get(serial);
    return row === undefined ? undefined : this.#read(row);
  }

  /** Whose a serial's instance is, where, and in which state. */
  whereaboutsOf(serial: number): InstanceWhereabouts | undefined {
    const row = this.#rows.get(serial);
    if (row === undefined) return undefined;
    return { miner: this.minerAt(row), hostId: this.hostAt(row), state: this.#columns.state(row) };
  }

  /**
   * Fills the table, which is empty, with records in any order, those of each miner best in the order of their serials; with a
   * yield after some at a time.
   */
  *loading(stored: StoredInstances): Generator<void, void> {
    const unordered = new Set<string>();
    if (stored.blocks === undefined) {
      for (const record of stored) {
        this.#noteOrder(record.serial, record.miner, unordered);
        this.#add(record, () => true);
        if (this.#rowsUsed % SOME_ROWS === 0) yield;
      }
    } else {
      for (const block of stored.blocks()) {
        this.#takeBlock(block, unordered);
        yield;
      }
    }
    for (const miner of unordered) {
      yield;
      const ordered = [...this.ofMiner(miner)].sort((a, b) => a.serial - b.serial);
      for (const { serial } of ordered) this.remove(serial);
      for (const record of ordered) this.#add(record, () => true);
    }
  }

  /** Adds a record whose serial is not there yet; looks for its place from the miner's last serial. */
  add(record: InstanceRecord): void {
    this.#add(record, (other) => this.#columns.serial(other) < record.serial);
  }

  /** Adds pending records like `like`, all newer than any of its miner's. */
  addRun(like: InstanceRecord, serials: readonly number[]): void {
    const rows: number[] = [];
    for (const serial of serials) {
      const row = this.#freeRows.pop() ?? this.#rowsUsed++;
      this.#columns.write(row, like, serial);
      this.#rows.set(serial, row);
      rows.push(row);
    }
    count(this.#miners.append(rows, like.miner), like, rows.length);
    this.#ofWorkload.set(like.workloadId, this.countOfWorkload(like.workloadId) + rows.length);
  }

  /** Gives rows that have no host theirs; all of them are in the same state. */
  settle(rows: readonly number[], hostId: string, is: Pick<InstanceStanding, 'state' | 'health'>): void {
    count(this.#hosts.append(rows, hostId), is, rows.length);
  }

  /** Takes a row off its host, with what it was given there; the opposite of `settle`. */
  unsettle(row: number): void {
    const is = { state: this.#columns.state(row), health: this.#columns.health(row) };
    count(this.#hosts.listOf(row), is, -1);
    this.#hosts.unlink(row);
    this.grant(row, { hostPorts: [], gpuIds: [] });
  }

  /** Writes what a row was given of its host. */
  grant(row: number, grant: Pick<InstanceRecord, 'hostPorts' | 'gpuIds'>): void {
    this.#columns.writeGrant(row, grant);
  }

  /** Writes a row's standing. */
  restate(row: number, standing: InstanceStanding): void {
    const columns = this.#columns;
    const before = { state: columns.state(row), health: columns.health(row) };
    columns.writeStatus(row, standing);
    if (before.state === standing.state && before.health === standing.health) return;
    for (const list of [this.#miners.listOf(row), this.#hosts.listOf(row)]) {
      count(list, before, -1);
      count(list, standing, 1);
    }
  }

  /** Writes the new value of a record that is there; its miner and workload are fixed. */
  replace(record: InstanceRecord): void {
    const row = this.#rows.get(record.serial);
    if (row === undefined) return;
    const before = { state: this.#columns.state(row), health: this.#columns.health(row) };
    const host = this.#hosts.listOf(row);
    count(this.#miners.listOf(row), before, -1);
    count(host, before, -1);
    this.#columns.write(row, record);
    count(this.#miners.listOf(row), record, 1);
    if (host !== undefined && host.name === record.hostId) {
      count(host, record, 1);
      return;
    }
    this.#hosts.unlink(row);
    this.#linkHost(row, record);
  }

  /** Takes a record out; its row is used again. */
  remove(serial: number): void {
    const row = this.#rows.get(serial);
    if (row === undefined) return;
    const before = { state: this.#columns.state(row), health: this.#columns.health(row) };
    count(this.#miners.listOf(row), before, -1);
    count(this.#hosts.listOf(row), before, -1);
    this.#miners.unlink(row);
    this.#hosts.unlink(row);
    this.#releaseWorkload(this.#columns.workloadId(row));
    this.#columns.clear(row);
    this.#rows.delete(serial);
    this.#freeRows.push(row);
  }

  *all(): Generator<InstanceRecord> {
    for (const row of this.rows()) yield this.#read(row);
  }

  /** What each holds or waits for. */
  *holdings(): Generator<InstanceHolding> {
    const columns = this.#columns;
    for (const row of this.rows())
      yield {
        serial: columns.serial(row),
        miner: this.minerAt(row),
        workloadId: columns.workloadId(row),
        hostId: this.hostAt(row),
        state: columns.state(row),
        reason: columns.reason(row),
        hostPorts: columns.hostPorts(row),
        gpuIds: columns.gpuIds(row),
        changedAtMs: columns.changedAtMs(row),
      };
  }

  /** The rows in use. */
  *rows(): Generator<number> {
    for (let row = 0; row < this.#rowsUsed; row++) if (this.#miners.listOf(row) !== undefined) yield row;
  }

  /** The highest serial there is; 0 without any. */
  get highestSerial(): number {
    let highest = 0;
    for (let row = 0; row < this.#rowsUsed; row++) highest = Math.max(highest, this.#columns.serial(row));
    return highest;
  }

  *ofMiner(miner: string): Generator<InstanceRecord> {
    for (const row of this.#miners.rows(miner)) yield this.#read(row);
  }

  *onHost(hostId: string): Generator<InstanceRecord> {
    for (const row of this.#hosts.rows(hostId)) yield this.#read(row);
  }

  countsOfMiner(miner: string): InstanceCounts {
    return countsOf(this.#miners.get(miner));
  }

  countsOnHost(hostId: string): InstanceCounts {
    return countsOf(this.#hosts.get(hostId));
  }

  countOfWorkload(workloadId: number): number {
    return this.#ofWorkload.get(workloadId) ?? 0;
  }

  #takeBlock({ columns, miners, hosts }: InstanceBlock, unordered: Set<string>): void {
    const first = this.#rowsUsed;
    this.#columns.append(columns, first);
    this.#rowsUsed += miners.length;
    miners.forEach((miner, slot) => {
      const row = first + slot;
      const serial = columns.serial(slot);
      if (serial === 0) {
        this.#freeRows.push(row);
        return;
      }
      this.#noteOrder(serial, miner, unordered);
      this.#rows.set(serial, row);
      const is = { state: columns.state(slot), health: columns.health(slot) };
      count(this.#miners.insert(row, miner, last), is, 1);
      const host = hosts[slot];
      if (host !== undefined) count(this.#hosts.insert(row, host, last), is, 1);
      const workloadId = columns.workloadId(slot);
      this.#ofWorkload.set(workloadId, this.countOfWorkload(workloadId) + 1);
    });
  }

  #noteOrder(serial: number, miner: string, unordered: Set<string>): void {
    const tail = this.#miners.get(miner)?.tail ?? 0;
    if (tail !== 0 && this.#columns.serial(tail - 1) > serial) unordered.add(miner);
  }

  #add(record: InstanceRecord, precedes: (other: number) => boolean): void {
    const row = this.#freeRows.pop() ?? this.#rowsUsed++;
    this.#columns.write(row, record);
    this.#rows.set(record.serial, row);
    count(this.#miners.insert(row, record.miner, precedes), record, 1);
    this.#linkHost(row, record);
    this.#ofWorkload.set(record.workloadId, this.countOfWorkload(record.workloadId) + 1);
  }

  #read(row: number): InstanceRecord {
    return this.#columns.read(row, this.#miners.listOf(row)?.name ?? '', this.#hosts.listOf(row)?.name);
  }

  #linkHost(row: number, record: InstanceRecord): void {
    if (record.hostId !== undefined)
      count(
        this.#hosts.insert(row, record.hostId, () => true),
        record,
        1,
      );
  }

  #releaseWorkload(workloadId: number): void {
    const left = this.countOfWorkload(workloadId) - 1;
    if (left > 0) this.#ofWorkload.set(workloadId, left);
    else this.#ofWorkload.delete(workloadId);
  }
}

const last = (): boolean => true;
