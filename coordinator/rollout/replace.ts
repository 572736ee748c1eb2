import type { InstanceRecord } from '../../common/model/instance.js';
import { isAvailable, isOnDraining, isOutdated } from './census.js';
import type { RolloutView } from './census.js';
import { drainSurge, maxUnavailable } from './policy.js';
import type { RolloutStep, StepWhy } from './step.js';

/** How the active instances come to be as many as wanted, up to date, and away from draining hosts. */
export interface Following {
  readonly steps: readonly RolloutStep[];
  /** Instances that are missing once the steps are taken. */
  readonly missing: number;
  /** Whether the next step may depend on how far the instances have come. */
  readonly unfinished: boolean;
}

/**
 * Next steps towards `wanted` active instances. In this order: too many are stopped; those to be broken before their
 * replacement is made (outdated ones, and holders of an identity on draining hosts) are stopped while enough others are
 * available; those on draining hosts are stopped once their replacements are available.
 */
export function followSpec(view: RolloutView, active: readonly InstanceRecord[], wanted: number): Following {
  const kept = new Set(active);
  const steps: RolloutStep[] = [];
  const take = (records: readonly InstanceRecord[], why: (record: InstanceRecord) => StepWhy): void => {
    for (const record of records) {
      kept.delete(record);
      steps.push(endingStep(record, why(record)));
    }
  };
  const surge = drainSurge(wanted);
  const leavesFirst = (record: InstanceRecord): boolean => isLeaving(view, record);
  const excess = (): InstanceRecord[] => {
    const left = [...kept];
    const room = wanted === 0 ? 0 : wanted + Math.min(surge, left.filter(leavesFirst).length);
    return surplusOf(view, left, left.length - room);
  };
  // Once more, because the room for replacements shrinks with those on draining hosts.
  for (let surplus = excess(); surplus.length > 0; surplus = excess()) take(surplus, () => scaledDown(wanted));
  take(breakable(view, [...kept], wanted), (record) => breakWhy(view, record));
  take(relievable([...kept].filter(leavesFirst), available(kept) - wanted), (record) => drained(view, record));

  const leaving = [...kept].filter(leavesFirst).length;
  const limit = wanted + (leaving > 0 ? surge : 0);
  const missing = Math.max(0, Math.min(wanted - (kept.size - leaving), limit - kept.size));
  const unfinished = leaving > 0 || [...kept].some((record) => isBreakable(view, record));
  return { steps, missing, unfinished };
}

/** Stops a live instance, or takes it away at once where no host has it yet. */
export function endingStep(record: InstanceRecord, why: StepWhy): RolloutStep {
  return { kind: record.state === 'pending' ? 'remove' : 'stop', serial: record.serial, ...why };
}

/** To be moved make-before-break: up to date, without an identity, on a draining host. */
function isLeaving(view: RolloutView, record: InstanceRecord): boolean {
  return view.miner.spec.identity === '' && !isOutdated(view, record) && isOnDraining(view, record);
}

/** To be replaced break-before-make. */
function isBreakable(view: RolloutView, record: InstanceRecord): boolean {
  return isOutdated(view, record) || (view.miner.spec.identity !== '' && isOnDraining(view, record));
}

/** The `count` that are missed least, the first to go first. */
function surplusOf(view: RolloutView, active: readonly InstanceRecord[], count: number): InstanceRecord[] {
  if (count <= 0) return [];
  const worth = (record: InstanceRecord): number => {
    if (record.state === 'pending') return 0;
    if (record.state !== 'running') return 1;
    if (!isAvailable(record)) return 2;
    if (isOnDraining(view, record)) return 3;
    return isOutdated(view, record) ? 4 : 5;
  };
  const ranked = active.map((record) => ({ record, worth: worth(record) }));
  ranked.sort((a, b) => a.worth - b.worth || b.record.serial - a.record.serial);
  return ranked.slice(0, count).map(({ record }) => record);
}

/** Those that are not available cost nothing; of the others as many as may be missing, the oldest first. */
function breakable(view: RolloutView, active: readonly InstanceRecord[], wanted: number): InstanceRecord[] {
  const candidates = active.filter((record) => isBreakable(view, record));
  const mayBreak = available(active) - (wanted - maxUnavailable(wanted));
  return relievable(candidates, mayBreak);
}

/** All that are not available, and `count` of those that are. */
function relievable(candidates: readonly InstanceRecord[], count: number): InstanceRecord[] {
  const idle = candidates.filter((record) => !isAvailable(record));
  return [...idle, ...candidates.filter(isAvailable).slice(0, Math.max(0, count))];
}

function available(records: Iterable<InstanceRecord>): number {
  let count = 0;
  for (const record of records) if (isAvailable(record)) count += 1;
  return count;
}

function scaledDown(wanted: number): StepWhy {
  return { reason: 'scaled_down', text: wanted === 0 ? 'No replica is wanted.' : `${String(wanted)} are wanted.` };
}

function breakWhy(view: RolloutView, record: InstanceRecord): StepWhy {
  if (!isOutdated(view, record)) return drained(view, record);
  const next = view.workload(view.miner.workloadId);
  // A restart makes a workload that differs in its id alone.
  const restarted = next !== undefined && view.workload(record.workloadId)?.specRevision === next.specRevision;
  if (restarted) return { reason: 'restart_requested', text: 'A restart of the miner was asked for.' };
  return { reason: 'spec_changed', text: `Spec revision ${String(view.miner.specRevision)} replaces it.` };
}

function drained(view: RolloutView, record: InstanceRecord): StepWhy {
  const host = record.hostId === undefined ? undefined : view.host(record.hostId);
  return { reason: 'host_drained', text: `Host ${host?.name ?? ''} is being drained.` };
}
