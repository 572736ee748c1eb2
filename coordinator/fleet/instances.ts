import { holdsCapacity } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import type { StoreChange } from '../store/store.js';
import { Identities } from './identities.js';
import { InstanceTable } from './instance-table.js';

interface Touched {
  readonly before: InstanceRecord | undefined;
  after: InstanceRecord | undefined;
}

/** The instances and who holds which identity, with what the transaction under way has touched. */
export class Instances {
  readonly table = new InstanceTable();
  readonly #identities = new Identities();
  readonly #identityOf: (workloadId: number) => string;
  readonly #touched = new Map<number, Touched>();

  /** Reads what is stored; `identityOf` tells the exclusive identity of a workload, '' for none. */
  constructor(stored: Iterable<InstanceRecord>, identityOf: (workloadId: number) => string) {
    this.#identityOf = identityOf;
    this.table.load(stored);
    for (const record of this.table.all()) this.#claim(record);
  }

  holderOf(identity: string): InstanceRecord | undefined {
    const serial = this.#identities.holderOf(identity);
    return serial === undefined ? undefined : this.table.get(serial);
  }

  add(record: InstanceRecord): void {
    this.table.add(record);
    this.#touch(record.serial, undefined, record);
  }

  /** Throws `HeadframeError` (failed_precondition) when `after` would hold an identity that another one holds. */
  replace(before: InstanceRecord, after: InstanceRecord): void {
    if (holdsCapacity(after.state)) this.#claim(after);
    else this.#identities.release(after.serial);
    this.table.replace(after);
    this.#touch(after.serial, before, after);
  }

  remove(before: InstanceRecord): void {
    this.#identities.release(before.serial);
    this.table.remove(before.serial);
    this.#touch(before.serial, before, undefined);
  }

  /** Brings back what was before the transaction. */
  undo(): void {
    for (const [serial, { before, after }] of this.#touched) {
      this.#identities.release(serial);
      if (before === undefined && after !== undefined) this.table.remove(serial);
    }
    for (const { before, after } of this.#touched.values()) {
      if (before === undefined) continue;
      if (after === undefined) this.table.add(before);
      else this.table.replace(before);
      this.#claim(before);
    }
    this.#touched.clear();
  }

  /** Ends the transaction: adds its changes, one for each instance. */
  takeChanges(changes: StoreChange[]): void {
    for (const [serial, { before, after }] of this.#touched)
      if (after !== undefined) changes.push({ kind: 'instance', record: after });
      else if (before !== undefined) changes.push({ kind: 'instanceRemoved', serial, last: before });
    this.#touched.clear();
  }

  #claim(record: InstanceRecord): void {
    if (holdsCapacity(record.state)) this.#identities.claim(this.#identityOf(record.workloadId), record.serial);
  }

  #touch(serial: number, before: InstanceRecord | undefined, after: InstanceRecord | undefined): void {
    const touched = this.#touched.get(serial);
    if (touched === undefined) this.#touched.set(serial, { before, after });
    else touched.after = after;
  }
}
