import type { InstanceRecord } from '../../common/model/instance.js';
import { priorityOf } from '../../common/model/miner.js';
import type { ReasonCode } from '../../common/model/reason.js';
import type { Census, RolloutView } from './census.js';
import { isKeptBefore, isOutdated } from './census.js';
import { KEEP_ENDED_MS, KEPT_ENDED, isShortLived, retryDelayMs } from './policy.js';

/** A failed instance whose replacement has to wait. */
export interface Wait {
  readonly record: InstanceRecord;
  readonly retryAtMs: number;
}

/** What the ended instances of a miner mean for its rollout. */
export interface EndedInstances {
  /** Those that are done and count as replicas, because the restart policy does not want them again. */
  readonly finished: number;
  /** Failures whose replacement is not due yet. */
  readonly waits: readonly Wait[];
  /** Serials of records that need not be kept any more. */
  readonly forgettable: readonly number[];
  /** When the next record will have been kept for long enough; undefined when none. */
  readonly expiresAtMs: number | undefined;
}

/** Ends that somebody asked for: no failures, hence replaced at once where one is missing. */
const ASKED: ReadonlySet<string> = new Set<ReasonCode>([
  'scaled_down',
  'spec_changed',
  'restart_requested',
  'miner_stop',
  'miner_delete',
  'chain_withdrawn',
  'host_drained',
  'rebalanced',
  'preempted',
  'lease_expired',
  'stopped',
]);

/** Judges the ended instances: what is done, what waits for its backoff, what may be forgotten. */
export function judgeEnded(view: RolloutView, { ended }: Pick<Census, 'ended'>): EndedInstances {
  const finished = new Set(ended.filter((record) => isMade(view, record) && isFinished(view, record)));
  const waits = failuresOf(view, ended).flatMap((record) => waitOf(view, record));
  const pinned = new Set(waits.map(({ record }) => record));
  const kept = ended.filter((record) => !finished.has(record)).sort(byEnd);
  return { finished: finished.size, waits, ...sortOut(view.nowMs, kept.reverse(), pinned) };
}

/** Ended instances that failed at what is still made, in the order of their ends. */
export function failuresOf(view: RolloutView, ended: readonly InstanceRecord[]): InstanceRecord[] {
  const isMine = (record: InstanceRecord): boolean =>
    isFailure(record) && isMade(view, record) && !isFinished(view, record);
  return ended.filter(isMine).sort(byEnd);
}

/**
 * Keeps the latest ones for a time; beyond their number only what is pinned, since forgetting a failure would cut its
 * backoff short. Finished ones are not offered here: forgetting one would start it again.
 */
function sortOut(
  nowMs: number,
  latestFirst: readonly InstanceRecord[],
  pinned: ReadonlySet<InstanceRecord>,
): Pick<EndedInstances, 'forgettable' | 'expiresAtMs'> {
  const forgettable: number[] = [];
  let expiresAtMs: number | undefined;
  for (const [index, record] of latestFirst.entries()) {
    const expiry = record.changedAtMs + KEEP_ENDED_MS;
    const isBeyond = index >= KEPT_ENDED && !pinned.has(record);
    if (isBeyond || expiry <= nowMs) forgettable.push(record.serial);
    else expiresAtMs = Math.min(expiresAtMs ?? expiry, expiry);
  }
  return { forgettable, expiresAtMs };
}

function isFinished(view: RolloutView, record: InstanceRecord): boolean {
  const { condition } = view.miner.spec.restart;
  if (condition === 'always') return false;
  if (record.state === 'stopped') return record.reason === 'completed';
  // An instance that never came to run, as for want of its image, has not had its one run.
  return condition === 'never' && record.state === 'failed' && record.startedAtMs > 0;
}

function isFailure(record: InstanceRecord): boolean {
  return record.state === 'failed' || (record.state === 'stopped' && !ASKED.has(record.reason));
}

function waitOf(view: RolloutView, record: InstanceRecord): Wait[] {
  const { failures } = view.miner;
  const { changedAtMs: failedAtMs, serial } = record;
  // A failure that seems to lie ahead was told by a clock that has been set back since; waiting for it could take for ever.
  if (failedAtMs > view.nowMs || serial <= (failures?.forgivenSerial ?? 0)) return [];
  const firstAtMs = isShortLived(record) ? (failures?.firstAtMs ?? failedAtMs) : failedAtMs;
  const failingForMs = Math.max(0, failedAtMs - firstAtMs);
  const retryAtMs = failedAtMs + retryDelayMs(priorityOf(view.miner), failingForMs, serial);
  return retryAtMs > view.nowMs ? [{ record, retryAtMs }] : [];
}

/** Whether instances of its workload are made anew where they are missing. */
function isMade(view: RolloutView, record: InstanceRecord): boolean {
  return !isOutdated(view, record) || isKeptBefore(view, record.workloadId);
}

function byEnd(a: InstanceRecord, b: InstanceRecord): number {
  return a.changedAtMs - b.changedAtMs || a.serial - b.serial;
}
