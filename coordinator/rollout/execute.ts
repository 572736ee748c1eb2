import { holdsCapacity, isEnded } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import type { MinerRecord } from '../../common/model/miner.js';
import type { Transaction } from '../fleet/port.js';
import { isGone, isLocked } from './census.js';
import type { RolloutStep } from './step.js';

/**
 * Takes steps in a transaction. A step that no longer fits its instance is left out: the next plan sees why. Answers
 * false, having done nothing, when the miner is not as it was when the steps were planned.
 */
export function executeSteps(tx: Transaction, planned: MinerRecord, steps: readonly RolloutStep[]): boolean {
  if (tx.miner(planned.spec.name) !== planned) return false;
  const removed = new Map<string, { reason: string; text: string; count: number }>();
  const workloads = new Set<number>();
  for (const step of steps) {
    const gone = executeStep(tx, planned, step);
    if (gone === undefined) continue;
    workloads.add(gone.workloadId);
    if (step.kind === 'remove') {
      const { reason, text } = step;
      removed.set(reason, { reason, text, count: (removed.get(reason)?.count ?? 0) + 1 });
    }
  }
  for (const workloadId of workloads) dropUnused(tx, planned, workloadId);
  for (const { reason, text, count } of removed.values())
    tx.event({
      subject: 'miner',
      id: planned.spec.name,
      reason,
      text: `${text} Removed while waiting: ${String(count)}.`,
    });
  return true;
}

/** Cuts steps into batches of at most `size` instances, in order. */
export function* batchesOf(steps: readonly RolloutStep[], size: number): Generator<readonly RolloutStep[]> {
  let batch: RolloutStep[] = [];
  let left = size;
  for (const step of steps.flatMap((one) => cut(one, size))) {
    const weight = step.kind === 'create' ? step.count : 1;
    if (weight > left && batch.length > 0) {
      yield batch;
      batch = [];
      left = size;
    }
    batch.push(step);
    left -= weight;
  }
  if (batch.length > 0) yield batch;
}

/** Takes one step; answers the instance whose record it dropped, if any. */
function executeStep(tx: Transaction, miner: MinerRecord, step: RolloutStep): InstanceRecord | undefined {
  switch (step.kind) {
    case 'create':
      tx.createInstances(miner.spec.name, step.workloadId, step.count, { reason: step.reason, text: step.text });
      return undefined;
    case 'remove':
      return drop(tx, step.serial, ({ state }) => state === 'pending');
    case 'forget':
      return drop(tx, step.serial, ({ state }) => isEnded(state));
    case 'stop':
      change(tx, step, 'stopping', ({ state }) => holdsCapacity(state));
      return undefined;
    case 'lose':
      // The host may have come back in between, with the instance.
      change(tx, step, 'lost', (record) => isLost(tx, record));
      return undefined;
    case 'lock':
      lock(tx, step);
      return undefined;
    case 'removeMiner':
      removeMiner(tx, miner);
      return undefined;
  }
}

function drop(tx: Transaction, serial: number, fits: (record: InstanceRecord) => boolean): InstanceRecord | undefined {
  const record = tx.instance(serial);
  if (record === undefined || !fits(record)) return undefined;
  tx.removeInstance(serial);
  return record;
}

function change(
  tx: Transaction,
  step: { readonly serial: number; readonly reason: string; readonly text: string },
  state: 'stopping' | 'lost',
  fits: (record: InstanceRecord) => boolean,
): void {
  const record = tx.instance(step.serial);
  if (record === undefined || record.state === state || !fits(record)) return;
  tx.updateInstance(step.serial, { state, reason: step.reason, text: step.text });
}

function isLost(tx: Transaction, { state, hostId, workloadId }: InstanceRecord): boolean {
  const host = tx.host(hostId ?? '');
  return holdsCapacity(state) && isGone(host) && !isLocked(tx.workload(workloadId), host);
}

function lock(tx: Transaction, { serial, reason, text }: Extract<RolloutStep, { kind: 'lock' }>): void {
  const record = tx.instance(serial);
  if (record === undefined || !holdsCapacity(record.state)) return;
  if (isLocked(tx.workload(record.workloadId), tx.host(record.hostId ?? '')))
    tx.updateInstance(serial, { reason, text });
}

function removeMiner(tx: Transaction, miner: MinerRecord): void {
  const { name } = miner.spec;
  tx.removeMiner(name);
  tx.removeWorkload(miner.workloadId);
  tx.event({ subject: 'miner', id: name, reason: 'miner_deleted', text: 'The miner and its instances are gone.' });
}

/** A workload goes with the last instance that ran it, unless new instances are to run it. */
function dropUnused(tx: Transaction, miner: MinerRecord, workloadId: number): void {
  if (workloadId === miner.workloadId || tx.instancesOfWorkload(workloadId) > 0) return;
  tx.removeWorkload(workloadId);
}

function cut(step: RolloutStep, size: number): RolloutStep[] {
  if (step.kind !== 'create') return [step];
  const whole = Array.from({ length: Math.floor(step.count / size) }, () => ({ ...step, count: size }));
  const rest = step.count % size;
  return rest === 0 ? whole : [...whole, { ...step, count: rest }];
}
