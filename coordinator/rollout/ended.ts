import type { InstanceRecord } from '../../common/model/instance.js';
import type { ReasonCode } from '../../common/model/reason.js';
import type { Census, RolloutView } from './census.js';
import { isOutdated } from './census.js';
import { KEEP_ENDED_MS, KEPT_ENDED, SERIES_MS, isShortLived, retryDelayMs } from './policy.js';

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
  'host_drained',
  'lease_expired',
  'stopped',
]);

/** Judges the ended instances: what is done, what waits for its backoff, what may be forgotten. */
export function judgeEnded(view: RolloutView, { ended }: Pick<Census, 'ended'>): EndedInstances {
  const current = ended.filter((record) => !isOutdated(view, record));
  const finished = new Set(current.filter((record) => isFinished(view, record)));
  const failures = current.filter((record) => !finished.has(record) && isFailure(record)).sort(byEnd);
  const series = failures.filter(isShortLived);
  const waits = failures.flatMap((record) => waitOf(view, record, series));
  const seriesStart = series.find((record) => record.changedAtMs >= view.nowMs - SERIES_MS);
  const pinned = new Set(waits.map(({ record }) => record));
  if (seriesStart !== undefined) pinned.add(seriesStart);
  const kept = ended.filter((record) => !finished.has(record)).sort(byEnd);
  return { finished: finished.size, waits, ...sortOut(view.nowMs, kept.reverse(), pinned) };
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

function waitOf(view: RolloutView, record: InstanceRecord, series: readonly InstanceRecord[]): Wait[] {
  const failedAtMs = record.changedAtMs;
  // A failure that seems to lie ahead was told by a clock that has been set back since; waiting for it could take for ever.
  if (failedAtMs > view.nowMs) return [];
  const first = isShortLived(record) ? series.find((one) => one.changedAtMs >= failedAtMs - SERIES_MS) : undefined;
  const failingForMs = failedAtMs - (first ?? record).changedAtMs;
  const retryAtMs = failedAtMs + retryDelayMs(view.miner.spec.priority, failingForMs);
  return retryAtMs > view.nowMs ? [{ record, retryAtMs }] : [];
}

function byEnd(a: InstanceRecord, b: InstanceRecord): number {
  return a.changedAtMs - b.changedAtMs || a.serial - b.serial;
}
