import { instanceId } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import type { FailureSeries, QuarantineRecord } from '../../common/model/rollout.js';
import { formatDuration } from '../../common/model/units.js';
import { isAvailable } from './census.js';
import type { Census, RolloutView } from './census.js';
import type { RolloutDecision } from './decision.js';
import { failuresOf } from './ended.js';
import { SERIES_MS, isShortLived } from './policy.js';

/**
 * Counts failures that have not been counted yet. Failures of instances that were created before the last one that
 * counted belong to the same round of retries and count no more: a hundred replicas failing together are one. Long runs
 * do not count.
 */
export function countFailures(
  view: RolloutView,
  census: Pick<Census, 'active' | 'ended'>,
): RolloutDecision | undefined {
  const known = view.miner.failures;
  const isFresh = (record: InstanceRecord): boolean => record.serial > (known?.countedSerial ?? 0);
  const fresh = failuresOf(view, census.ended).filter((record) => isFresh(record) && isShortLived(record));
  const last = fresh.at(-1);
  if (last === undefined) return undefined;
  const firstAtMs = seriesStart(known, fresh);
  const counted = recentFailures(view, [...(known?.countedAtMs ?? []), Math.min(view.nowMs, last.changedAtMs)]);
  const failures: FailureSeries = {
    firstAtMs,
    // One is kept even without a limit: it tells that there is something to forgive.
    countedAtMs: counted.slice(-Math.max(1, view.miner.spec.retry.maxFailures)),
    countedSerial: highestSerial(census, last.serial),
    forgivenSerial: known?.forgivenSerial ?? 0,
    lastAtMs: last.changedAtMs,
    lastInstance: instanceId(last.miner, last.serial),
    lastReason: last.reason,
    lastText: last.text,
  };
  return { kind: 'countFailures', failures, begins: firstAtMs !== known?.firstAtMs };
}

/** When the series began that the last of some failures belongs to. */
function seriesStart(known: FailureSeries | undefined, fresh: readonly InstanceRecord[]): number {
  let { firstAtMs, lastAtMs } = known ?? { firstAtMs: 0, lastAtMs: 0 };
  for (const { changedAtMs } of fresh) {
    if (firstAtMs === 0 || changedAtMs - lastAtMs > SERIES_MS) firstAtMs = changedAtMs;
    lastAtMs = changedAtMs;
  }
  return firstAtMs;
}

/**
 * Gives a miner up whose policy allows no more failures. As long as at least half of its wanted instances do their work,
 * what fails is not the miner but where it is put, and the retries go on.
 */
export function judgeQuarantine(
  view: RolloutView,
  { active }: Pick<Census, 'active'>,
  wanted: number,
): RolloutDecision | undefined {
  const { failures, quarantine, spec } = view.miner;
  const { maxFailures, windowMs } = spec.retry;
  if (quarantine !== undefined || failures === undefined || maxFailures === 0 || wanted === 0) return undefined;
  const count = recentFailures(view, failures.countedAtMs).length;
  const working = active.filter(isAvailable).length;
  if (count < maxFailures || working * 2 >= wanted) return undefined;
  const { lastInstance: instance, lastReason: reason, lastText } = failures;
  const times = `${String(count)} failures in ${formatDuration(windowMs)}`;
  const text = `${times}, the last of ${instance}: ${reason} (${lastText}).`;
  const record: QuarantineRecord = { reason, text, atMs: view.nowMs, failures: count, instance };
  return { kind: 'quarantine', quarantine: record };
}

function recentFailures({ nowMs, miner }: RolloutView, atMs: readonly number[]): readonly number[] {
  return atMs.filter((one) => one > nowMs - miner.spec.retry.windowMs);
}

function highestSerial({ active, ended }: Pick<Census, 'active' | 'ended'>, least: number): number {
  let highest = least;
  for (const { serial } of active) highest = Math.max(highest, serial);
  for (const { serial } of ended) highest = Math.max(highest, serial);
  return highest;
}
