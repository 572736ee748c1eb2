import { holdsCapacity } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import { ALIKE, instancesIn } from '../instances/instance-rows.js';
import type { StoreChange, StoredInstances } from '../store/store.js';
import { Identities } from './identities.js';
import { InstanceLog } from './instance-log.js';
import type { InstanceStep, Restatement } from './instance-log.js';
import { InstanceTable, SOME_ROWS } from './instance-table.js';
import type { InstancePlacement, InstanceStatus } from './port.js';
import { placeRows } from './placed-rows.js';
import { StatusIntake } from './status-intake.js';
import type { StatusOrigin } from './status-intake.js';

/** The instances and who holds which identity, with what the transaction under way has done to them. */
export class Instances {
  readonly table = new InstanceTable();
  readonly #identities = new Identities();
  readonly #identityOf: (workloadId: number) => string;
  readonly #log = new InstanceLog();

  /** `identityOf` tells the exclusive identity of a workload, '' for none. */
  constructor(identityOf: (workloadId: number) => string) {
    this.#identityOf = identityOf;
  }

  /** Reads what is stored, once, with a yield after some at a time. */
  *loading(stored: StoredInstances): Generator<void, void> {
    yield* this.table.loading(stored);
    let looked = 0;
    for (const row of this.table.rows()) {
      if (this.#identityOf(this.table.columns.workloadId(row)) !== '') this.#claimRow(row);
      looked += 1;
      if (looked % SOME_ROWS === 0) yield;
    }
  }

  holderOf(identity: string): InstanceRecord | undefined {
    const serial = this.#identities.holderOf(identity);
    return serial === undefined ? undefined : this.table.get(serial);
  }

  /** Adds `count` pending records like `like`; the others take the serials that follow, newer than any there is. */
  addRun(like: InstanceRecord, count: number): void {
    const serials = Array.from({ length: count }, (_, at) => like.serial + at);
    this.table.addRun(like, serials);
    this.#log.push({ kind: 'creation', rows: { like, serials, columns: ALIKE } });
  }

  /** Throws `HeadframeError` (failed_precondition) when `after` would hold an identity that another one holds. */
  replace(before: InstanceRecord, after: InstanceRecord): void {
    if (holdsCapacity(after.state)) this.#claim(after);
    else this.#identities.release(after.serial);
    this.table.replace(after);
    this.#log.touch(after.serial, before, after);
  }

  /** Assigns pending records at once; false, with nothing done, when they have to be looked at one by one. */
  place(placement: InstancePlacement, atMs: number): boolean {
    const step = placeRows(this.table, placement, { atMs, identityOf: this.#identityOf });
    if (step !== undefined) this.#log.push(step);
    return step !== undefined;
  }

  /** Takes in what a host's agent says, status by status; what is no matter of a batch goes to `single`. */
  intake(from: StatusOrigin, single: (status: InstanceStatus) => void): StatusIntake {
    return new StatusIntake(this.table, this.#log, from, single);
  }

  remove(before: InstanceRecord): void {
    this.#identities.release(before.serial);
    this.table.remove(before.serial);
    this.#log.touch(before.serial, before, undefined);
  }

  /** Takes over what another coordinator has changed; the answer tells also what was removed. Between transactions. */
  adopt(changes: readonly StoreChange[]): StoreChange[] {
    // Whose identity another takes over in the same commit may stand behind it.
    for (const change of changes) for (const serial of serialsIn(change)) this.#identities.release(serial);
    return changes.map((change) => {
      if (change.kind === 'instanceRemoved') return this.#adoptRemoval(change.serial);
      for (const record of instancesIn(change)) this.#adoptRecord(record);
      return change;
    });
  }

  #adoptRemoval(serial: number): StoreChange {
    const last = this.table.get(serial);
    this.table.remove(serial);
    return { kind: 'instanceRemoved', serial, ...(last === undefined ? {} : { last }) };
  }

  #adoptRecord(record: InstanceRecord): void {
    if (this.table.rowOf(record.serial) === undefined) this.table.add(record);
    else this.table.replace(record);
    this.#claim(record);
  }

  /** Brings back what was before the transaction. */
  undo(): void {
    for (const step of this.#log.takeReversed()) this.#undo(step);
  }

  /** Ends the transaction: adds its changes, in order. */
  takeChanges(changes: StoreChange[]): void {
    this.#log.takeChanges(changes);
  }

  #undo(step: InstanceStep): void {
    switch (step.kind) {
      case 'creation':
        for (const serial of step.rows.serials) this.table.remove(serial);
        return;
      case 'restatement':
        this.#undoRestatement(step);
        return;
      case 'singles':
        this.#undoSingles(step.touched);
    }
  }

  #undoRestatement({ rows: { serials }, before, settled }: Restatement): void {
    before.forEach((standing, at) => {
      const row = this.table.rowOf(serials[at] ?? 0);
      if (row === undefined) return;
      this.table.restate(row, standing);
      if (settled) this.table.unsettle(row);
    });
  }

  #undoSingles(touched: Extract<InstanceStep, { kind: 'singles' }>['touched']): void {
    for (const [serial, { before, after }] of touched) {
      this.#identities.release(serial);
      if (before === undefined && after !== undefined) this.table.remove(serial);
    }
    for (const { before, after } of touched.values()) {
      if (before === undefined) continue;
      if (after === undefined) this.table.add(before);
      else this.table.replace(before);
      this.#claim(before);
    }
  }

  #claimRow(row: number): void {
    const record = this.table.get(this.table.columns.serial(row));
    if (record !== undefined) this.#claim(record);
  }

  #claim(record: InstanceRecord): void {
    if (holdsCapacity(record.state)) this.#identities.claim(this.#identityOf(record.workloadId), record.serial);
  }
}

function serialsIn(change: StoreChange): readonly number[] {
  if (change.kind === 'instances') return change.rows.serials;
  if (change.kind === 'instance') return [change.record.serial];
  return change.kind === 'instanceRemoved' ? [change.serial] : [];
}
