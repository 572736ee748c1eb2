import type { InstanceRecord } from '../../common/model/instance.js';
import { isAvailable, isHalted, isOutdated, isProven, relocation } from './census.js';
import type { RolloutView } from './census.js';
import { drainSurge, updateBounds } from './policy.js';
import type { RolloutStep, StepWhy } from './step.js';

/** How the active instances come to be as many as wanted, up to date, and away from hosts they are to leave. */
export interface Following {
  readonly steps: readonly RolloutStep[];
  /** Active instances that stay. */
  readonly kept: readonly InstanceRecord[];
  /** Instances that are missing once the steps are taken. */
  readonly missing: number;
  /** Whether the next step may depend on how far the instances have come. */
  readonly unfinished: boolean;
}

/**
 * Next steps towards `wanted` active instances. In this order: too many are stopped; those to be broken before their
 * replacement is made (outdated ones, and holders of an identity that are to leave their host) are stopped while enough
 * others are available; those to leave are stopped once their replacements are available.
 */
export function followSpec(view: RolloutView, active: readonly InstanceRecord[], wanted: number): Following {
  const isUnsettled = (record: InstanceRecord): boolean =>
    isOutdated(view, record) || relocation(view, record) !== undefined;
  return active.some(isUnsettled) ? replaceSome(view, active, wanted) : holdCount(view, active, wanted);
}

function holdCount(view: RolloutView, active: readonly InstanceRecord[], wanted: number): Following {
  const surplus = active.length > wanted ? surplusOf(view, active, active.length - wanted) : [];
  const gone = new Set(surplus);
  return {
    steps: surplus.map((record) => endingStep(record, scaledDown(wanted))),
    kept: surplus.length === 0 ? active : active.filter((record) => !gone.has(record)),
    missing: Math.max(0, wanted - active.length),
    unfinished: false,
  };
}

function replaceSome(view: RolloutView, active: readonly InstanceRecord[], wanted: number): Following {
  const kept = new Set(active);
  const steps: RolloutStep[] = [];
  const take = (records: readonly InstanceRecord[], why: (record: InstanceRecord) => StepWhy): void => {
    for (const record of records) {
      kept.delete(record);
      steps.push(endingStep(record, why(record)));
    }
  };
  const bounds = updateBounds(view.miner.spec, wanted);
  const hasFailed = view.miner.rollout.state === 'failed';
  const leaving = (): InstanceRecord[] => [...kept].filter((record) => isLeaving(view, record));
  const breaking = (): InstanceRecord[] => [...kept].filter((record) => isBreakable(view, record));
  const outdated = (): number => [...kept].filter((record) => isOutdated(view, record)).length;
  // A pause leaves all as it is, what an update has made beyond the wanted included; a failed update takes it back.
  const updateSurge = (): number => (hasFailed ? 0 : Math.min(bounds.surge, outdated()));
  const surge = (): number => (wanted === 0 ? 0 : updateSurge() + Math.min(drainSurge(wanted), leaving().length));
  // Once more, because the room for replacements shrinks with those that are to go.
  for (let excess = kept.size - wanted - surge(); excess > 0; excess = kept.size - wanted - surge())
    take(surplusOf(view, [...kept], excess), () => scaledDown(wanted));
  take(relievable(breaking(), counting(view, kept) - (wanted - bounds.unavailable)), (record) =>
    breakWhy(view, record),
  );
  take(relievable(leaving(), available(kept) - wanted), (record) => leaveWhy(view, record));

  const [broken, left] = [breaking().length, leaving().length];
  const room = wanted + Math.min(bounds.surge, broken);
  const limit = room + (left > 0 ? drainSurge(wanted) : 0);
  const missing = Math.max(0, Math.min(room - (kept.size - left), limit - kept.size));
  return { steps, kept: [...kept], missing: wanted === 0 ? 0 : missing, unfinished: left > 0 || broken > 0 };
}

/** Stops a live instance, or takes it away at once where no host has it yet. */
export function endingStep(record: InstanceRecord, why: StepWhy): RolloutStep {
  return { kind: record.state === 'pending' ? 'remove' : 'stop', serial: record.serial, ...why };
}

/** To be moved make-before-break: without an identity, not to be replaced anyway, on a host that it is to leave. */
function isLeaving(view: RolloutView, record: InstanceRecord): boolean {
  return view.miner.spec.identity === '' && !isReplaced(view, record) && relocation(view, record) !== undefined;
}

/** To be replaced break-before-make, or with the surge of an update. */
function isBreakable(view: RolloutView, record: InstanceRecord): boolean {
  return isReplaced(view, record) || (view.miner.spec.identity !== '' && relocation(view, record) !== undefined);
}

function isReplaced(view: RolloutView, record: InstanceRecord): boolean {
  return isOutdated(view, record) && !isHalted(view);
}

/** The `count` that are missed least, the first to go first. */
function surplusOf(view: RolloutView, active: readonly InstanceRecord[], count: number): InstanceRecord[] {
  const worth = (record: InstanceRecord): number => {
    if (record.state === 'pending') return 0;
    if (record.state !== 'running') return 1;
    if (!isAvailable(record)) return 2;
    if (relocation(view, record) !== undefined) return 3;
    return isReplaced(view, record) ? 4 : 5;
  };
  const ranked = active.map((record) => ({ record, worth: worth(record) }));
  ranked.sort((a, b) => a.worth - b.worth || b.record.serial - a.record.serial);
  return ranked.slice(0, count).map(({ record }) => record);
}

/** All that are not available, which cost nothing, and the `count` oldest of those that are. */
function relievable(candidates: readonly InstanceRecord[], count: number): InstanceRecord[] {
  const idle = candidates.filter((record) => !isAvailable(record));
  return [...idle, ...candidates.filter(isAvailable).slice(0, Math.max(0, count))];
}

function available(records: Iterable<InstanceRecord>): number {
  let count = 0;
  for (const record of records) if (isAvailable(record)) count += 1;
  return count;
}

/** Those that an update may count on: older ones that are available, and updated ones once they are proven. */
function counting(view: RolloutView, records: Iterable<InstanceRecord>): number {
  let count = 0;
  for (const record of records) if (isOutdated(view, record) ? isAvailable(record) : isProven(view, record)) count += 1;
  return count;
}

function scaledDown(wanted: number): StepWhy {
  return { reason: 'scaled_down', text: wanted === 0 ? 'No replica is wanted.' : `${String(wanted)} are wanted.` };
}

function breakWhy(view: RolloutView, record: InstanceRecord): StepWhy {
  if (!isReplaced(view, record)) return leaveWhy(view, record);
  const { cause, toRevision } = view.miner.rollout;
  if (cause === 'restart') return { reason: 'restart_requested', text: 'A restart of the miner was asked for.' };
  return { reason: 'spec_changed', text: `Spec revision ${String(toRevision)} replaces it.` };
}

function leaveWhy(view: RolloutView, record: InstanceRecord): StepWhy {
  return relocation(view, record) ?? { reason: 'host_drained', text: 'Its host is being drained.' };
}
