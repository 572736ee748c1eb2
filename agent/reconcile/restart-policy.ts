import { jitterOf } from '../../common/model/jitter.js';
import type { RestartPolicy } from '../../common/model/miner.js';
import type { InstanceRecord, Reason } from './record.js';

/** How a run of a container ended. */
export interface RunEnd {
  readonly exitCode: number | undefined;
  readonly cause: Reason;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

// A run this long clears the memory of earlier ends, so that one crash a week never adds up; Kubernetes and Docker use 10 minutes and 10 s.
const STABLE_RUN_MS = 600_000;

/** Delay before the n-th start after failures, doubling from `backoffMs` up to `maxBackoffMs`; `attempt` counts from 1. */
export function backoffMs(policy: Pick<RestartPolicy, 'backoffMs' | 'maxBackoffMs'>, attempt: number): number {
  return Math.min(policy.maxBackoffMs, policy.backoffMs * 2 ** Math.min(attempt - 1, 30));
}

/** Up to a quarter more by when the run began, so that containers which ended together do not come back together. */
function jitteredMs(delayMs: number, startedAtMs: number): number {
  return Math.round(delayMs * (1 + jitterOf(startedAtMs) / 4));
}

/** Counts the end of a run: done for good, given up, or to be started again after a backoff. */
export function afterRun(policy: RestartPolicy, record: InstanceRecord, end: RunEnd): InstanceRecord {
  const counted = { ...record, countedRunMs: end.startedAtMs, exitCode: end.exitCode, ending: undefined };
  const final = finalEnd(policy, end);
  if (final) return { ...counted, problem: undefined, end: final };

  const recentEndsMs = [...keptEnds(policy, record, end), end.endedAtMs];
  if (policy.maxAttempts > 0 && recentEndsMs.length > policy.maxAttempts) {
    const text = `${end.cause.text}; ended ${String(recentEndsMs.length)} times within ${String(policy.windowMs / 1000)} s`;
    return {
      ...counted,
      recentEndsMs,
      end: { state: 'failed', reason: 'restart_limit', text, exitCode: end.exitCode },
    };
  }
  return {
    ...counted,
    recentEndsMs,
    restarts: record.restarts + 1,
    notBeforeMs: end.endedAtMs + jitteredMs(backoffMs(policy, recentEndsMs.length), end.startedAtMs),
    problem: end.cause,
  };
}

function finalEnd(policy: RestartPolicy, end: RunEnd): InstanceRecord['end'] {
  const succeeded = end.exitCode === 0;
  if (policy.condition === 'always') return undefined;
  if (succeeded) return { state: 'stopped', reason: 'completed', text: 'ended with success', exitCode: 0 };
  if (policy.condition === 'onFailure') return undefined;
  return { state: 'failed', reason: end.cause.reason, text: end.cause.text, exitCode: end.exitCode };
}

function keptEnds(policy: RestartPolicy, record: InstanceRecord, end: RunEnd): readonly number[] {
  if (end.endedAtMs - end.startedAtMs >= STABLE_RUN_MS) return [];
  // Without a limit only the backoff needs the count: a handful is enough to reach the longest delay.
  const within = record.recentEndsMs.filter((atMs) => end.endedAtMs - atMs < policy.windowMs);
  return policy.maxAttempts > 0 ? within : within.slice(-16);
}
