import type { InstanceRecord } from '../../common/model/instance.js';
import type { InstanceRows } from '../instances/instance-rows.js';
import type { InstanceStanding } from '../instances/instance-columns.js';
import type { StoreChange } from '../store/store.js';

/** Records changed one by one, each as it was and as it is. */
export interface SingleChanges {
  readonly kind: 'singles';
  readonly touched: Map<number, { readonly before: InstanceRecord | undefined; after: InstanceRecord | undefined }>;
}

/** New records alike. */
export interface Creation {
  readonly kind: 'creation';
  readonly rows: InstanceRows;
}

/** Rows that came to one standing; with `settled` they had no host before. */
export interface Restatement {
  readonly kind: 'restatement';
  readonly rows: InstanceRows;
  readonly settled: boolean;
  /** How each stood before. What removed one and brought it back by then may have moved its row. */
  readonly before: readonly InstanceStanding[];
}

/** What a transaction has done to the instances, step by step. */
export type InstanceStep = SingleChanges | Creation | Restatement;

/** The steps of the transaction under way, in order. */
export class InstanceLog {
  #steps: InstanceStep[] = [];

  /** Notes a record changed by itself. */
  touch(serial: number, before: InstanceRecord | undefined, after: InstanceRecord | undefined): void {
    const { touched } = this.#singles();
    const known = touched.get(serial);
    if (known === undefined) touched.set(serial, { before, after });
    else known.after = after;
  }

  /** Notes a batch. */
  push(step: Creation | Restatement): void {
    this.#steps.push(step);
  }

  /** Whether nothing was noted since this step. */
  isLast(step: InstanceStep): boolean {
    return this.#steps.at(-1) === step;
  }

  /** All steps, the last one first; begins anew. */
  takeReversed(): InstanceStep[] {
    return this.#take().reverse();
  }

  /** Adds the changes that the steps made, and begins anew. */
  takeChanges(changes: StoreChange[]): void {
    for (const step of this.#take())
      if (step.kind === 'singles') addSingles(step, changes);
      else changes.push({ kind: 'instances', rows: step.rows });
  }

  #take(): InstanceStep[] {
    const steps = this.#steps;
    if (steps.length > 0) this.#steps = [];
    return steps;
  }

  #singles(): SingleChanges {
    const last = this.#steps.at(-1);
    if (last?.kind === 'singles') return last;
    const singles: SingleChanges = { kind: 'singles', touched: new Map() };
    this.#steps.push(singles);
    return singles;
  }
}

function addSingles({ touched }: SingleChanges, changes: StoreChange[]): void {
  for (const [serial, { before, after }] of touched)
    if (after !== undefined) changes.push({ kind: 'instance', record: after });
    else if (before !== undefined) changes.push({ kind: 'instanceRemoved', serial, last: before });
}
