import type { InstanceRecord } from '../../common/model/instance.js';
import { InstanceColumns } from './instance-columns.js';
import type { InstanceCounts } from './port.js';
import { RowLists, count, countsOf } from './row-lists.js';
import { SerialRows } from './serial-rows.js';

/** All instances: columns for the fields, lists by miner and by host, counts kept as they change. Records are made on demand. */
export class InstanceTable {
  readonly #rows = new SerialRows();
  readonly #columns = new InstanceColumns();
  readonly #miners = new RowLists();
  readonly #hosts = new RowLists();
  readonly #ofWorkload = new Map<number, number>();
  readonly #freeRows: number[] = [];
  #rowsUsed = 0;

  get(serial: number): InstanceRecord | undefined {
    const row = this.#rows.get(serial);
    return row === undefined ? undefined : this.#read(row);
  }

  /** Adds many records in any order, those of each miner best in the order of their serials. */
  load(records: Iterable<InstanceRecord>): void {
    const unordered = new Set<string>();
    for (const record of records) {
      const last = this.#miners.get(record.miner)?.tail ?? 0;
      if (last !== 0 && this.#columns.serial(last - 1) > record.serial) unordered.add(record.miner);
      this.#add(record, () => true);
    }
    for (const miner of unordered) {
      const ordered = [...this.ofMiner(miner)].sort((a, b) => a.serial - b.serial);
      for (const { serial } of ordered) this.remove(serial);
      for (const record of ordered) this.#add(record, () => true);
    }
  }

  /** Adds a record whose serial is not there yet; looks for its place from the miner's last serial. */
  add(record: InstanceRecord): void {
    this.#add(record, (other) => this.#columns.serial(other) < record.serial);
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
    for (let row = 0; row < this.#rowsUsed; row++) if (this.#miners.listOf(row) !== undefined) yield this.#read(row);
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

  #add(record: InstanceRecord, precedes: (other: number) => boolean): void {
    const row = this.#freeRows.pop() ?? this.#rowsUsed++;
    this.#columns.write(row, record);
    this.#rows.add(record.serial, row);
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
