import { instanceId } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import type { RolloutRecord } from '../../common/model/rollout.js';
import { formatDuration } from '../../common/model/units.js';
import { severityOf } from '../../common/model/reason.js';
import { isAvailable, isOutdated, isProven } from './census.js';
import type { Census, RolloutView } from './census.js';
import type { RolloutDecision } from './decision.js';
import { failuresOf } from './ended.js';

/** How far a rollout is, what is to be decided of it, and when to look at it again. */
export interface RolloutStanding {
  /** Active instances of the present workload, and of those the ones that count as available. */
  readonly updated: number;
  readonly available: number;
  readonly decision: RolloutDecision | undefined;
  readonly wakeAtMs: number | undefined;
  /** The rollout is complete once this many instances are healthy and stay so; undefined when that alone does not do it. */
  readonly settlesAt: number | undefined;
}

/** A deadline that passed unwatched is given at least this long, in milliseconds, or its own length if that is less. */
const SECOND_LOOK_MS = 30_000;
/** Progress is written down this often at most, in milliseconds: a deadline needs no finer record. */
const PROGRESS_PERIOD_MS = 1000;

/** Judges how a miner's rollout stands towards `needed` instances. */
export function judgeRollout(view: RolloutView, census: Census, needed: number): RolloutStanding {
  const updated = census.active.filter((record) => !isOutdated(view, record));
  const proven = updated.filter((record) => isProven(view, record));
  const { state, paused } = view.miner.rollout;
  const counts = { updated: updated.length, available: proven.length };
  const rest = { decision: undefined, wakeAtMs: undefined, settlesAt: undefined };
  if (state === 'complete' || state === 'rolledBack') return { ...counts, ...rest };
  const older = census.active.length - updated.length;
  if (older === 0 && proven.length >= needed) return { ...counts, ...rest, decision: complete(view) };
  const settlesAt = older === 0 ? needed : undefined;
  const provenAtMs = older === 0 ? undefined : nextProof(view, updated);
  if (state === 'failed' || paused) return { ...counts, ...rest, settlesAt, wakeAtMs: provenAtMs };
  return { ...counts, settlesAt, ...judgeProgress(view, census, { updated, proven, provenAtMs }) };
}

interface Updated {
  readonly updated: readonly InstanceRecord[];
  readonly proven: readonly InstanceRecord[];
  readonly provenAtMs: number | undefined;
}

function judgeProgress(
  view: RolloutView,
  census: Census,
  { updated, proven, provenAtMs }: Updated,
): Pick<RolloutStanding, 'decision' | 'wakeAtMs'> {
  const { nowMs, miner } = view;
  const { rollout } = miner;
  const { progressDeadlineMs: limitMs, minHealthyMs } = miner.spec.update;
  const note = (noted: RolloutRecord): ReturnType<typeof judgeProgress> => ({
    decision: { kind: 'progress', rollout: noted },
    wakeAtMs: nowMs,
  });
  // A clock that was set back would put the deadline off for as long.
  if (rollout.progressedAtMs > nowMs) return note({ ...rollout, progressedAtMs: nowMs });
  const placed = updated.filter(({ hostId }) => hostId !== undefined);
  const progress = placed.length + proven.length;
  const isFurther = progress > rollout.progress;
  const dueAtMs = rollout.progressedAtMs + Math.min(PROGRESS_PERIOD_MS, limitMs / 4);
  if (isFurther && dueAtMs <= nowMs) {
    const furtherAtMs = Math.min(nowMs, latestChange(nowMs, placed) + minHealthyMs);
    return note({ ...rollout, progress, progressedAtMs: Math.max(rollout.progressedAtMs, furtherAtMs) });
  }
  if (limitMs === 0) return { decision: undefined, wakeAtMs: provenAtMs };
  const deadlineAtMs = deadlineOf(view);
  if (deadlineAtMs <= nowMs && mayFail(rollout, placed, census))
    return { decision: fail(view, census, updated), wakeAtMs: undefined };
  const isWaited = updated.length < census.active.length;
  const nextAtMs = isFurther && isWaited ? dueAtMs : deadlineAtMs <= nowMs ? nowMs + limitMs : deadlineAtMs;
  return { decision: undefined, wakeAtMs: Math.min(nextAtMs, provenAtMs ?? nextAtMs) };
}

function deadlineOf({ nowMs, miner, watchedMs = Infinity }: RolloutView): number {
  const limitMs = miner.spec.update.progressDeadlineMs;
  const unwatchedMs = Math.min(limitMs, SECOND_LOOK_MS) - watchedMs;
  return Math.max(miner.rollout.progressedAtMs + limitMs, nowMs + unwatchedMs);
}

/** The first instances of a miner may wait for hosts as long as they have to: there is nothing that they hold up. */
function mayFail(rollout: RolloutRecord, placed: readonly InstanceRecord[], { ended }: Census): boolean {
  return rollout.fromRevision > 0 || placed.length > 0 || ended.length > 0;
}

function complete(view: RolloutView): RolloutDecision {
  const { rollout } = view.miner;
  const state = rollout.cause === 'autoRollback' ? 'rolledBack' : 'complete';
  const text = `Revision ${String(rollout.toRevision)} runs.`;
  const ended = { endedAtMs: view.nowMs, reason: 'rollout_complete', text, updatedLimit: undefined };
  return { kind: 'conclude', rollout: { ...rollout, ...ended, state } };
}

function fail(view: RolloutView, census: Census, updated: readonly InstanceRecord[]): RolloutDecision {
  const { miner, nowMs } = view;
  const { rollout, spec } = miner;
  const limit = formatDuration(spec.update.progressDeadlineMs);
  const text = `No progress in ${limit}: ${blame(view, census, updated)}.`;
  if (spec.update.autoRollback && rollout.goodRevision > 0)
    return { kind: 'rollBack', toRevision: rollout.goodRevision, text };
  const older = census.active.length - updated.length;
  const updatedLimit = older === 0 ? undefined : Math.max(0, spec.replicas - older);
  const ended = { endedAtMs: nowMs, reason: 'rollout_failed', text, updatedLimit };
  return { kind: 'conclude', rollout: { ...rollout, ...ended, state: 'failed' } };
}

/** The instance that holds a rollout up, and why: one in trouble, else the last that failed, else one that is on its way. */
function blame(view: RolloutView, { ended }: Census, updated: readonly InstanceRecord[]): string {
  const unready = updated.filter((record) => !isAvailable(record));
  const troubled = unready.find(({ reason }) => severityOf(reason) !== 'info');
  const failed = failuresOf(view, ended).findLast((record) => !isOutdated(view, record));
  const found = troubled ?? failed ?? unready[0];
  if (found === undefined) return 'no instance could be replaced';
  const detail = found.text === '' ? '' : ` (${found.text})`;
  return `${instanceId(found.miner, found.serial)} is ${found.state}: ${found.reason}${detail}`;
}

function nextProof(view: RolloutView, updated: readonly InstanceRecord[]): number | undefined {
  let first: number | undefined;
  for (const record of updated) {
    const atMs = record.changedAtMs + view.miner.spec.update.minHealthyMs;
    if (isAvailable(record) && atMs > view.nowMs && (first === undefined || atMs < first)) first = atMs;
  }
  return first;
}

function latestChange(nowMs: number, records: readonly InstanceRecord[]): number {
  let latest = 0;
  for (const { changedAtMs } of records) if (changedAtMs <= nowMs) latest = Math.max(latest, changedAtMs);
  return latest === 0 ? nowMs : latest;
}
