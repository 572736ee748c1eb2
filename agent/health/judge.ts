import type { HealthCheck } from '../../common/model/miner.js';
import type { HealthVerdict } from '../reconcile/plan.js';

/** What the checks of one run of a container have shown so far. Times are monotonic milliseconds. */
export interface HealthState {
  readonly startedAtMs: number;
  readonly failuresInRow: number;
  readonly verdict: HealthVerdict;
  /** What the last check found, for people. */
  readonly detail: string;
}

/** Outcome of one check; `passed` undefined when it says nothing of the instance, as when the engine was away. */
export interface ProbeOutcome {
  readonly passed: boolean | undefined;
  readonly detail: string;
}

/** Before the first check of a run. */
export function beginHealth(startedAtMs: number): HealthState {
  return { startedAtMs, failuresInRow: 0, verdict: 'checking', detail: 'not checked yet' };
}

/** Takes a check's outcome in: one success is enough; failures count after the start period, `retries` in a row condemn. */
export function judgeHealth(check: HealthCheck, state: HealthState, outcome: ProbeOutcome, nowMs: number): HealthState {
  const detail = outcome.detail;
  if (outcome.passed === undefined) return { ...state, detail };
  if (outcome.passed) return { ...state, failuresInRow: 0, verdict: 'healthy', detail };
  // The engine has seen to the start period and the retries of the image's own check before it said so.
  if (check.probe.kind === 'image') return { ...state, verdict: 'unhealthy', detail };
  const starting = state.verdict === 'checking' && nowMs - state.startedAtMs < check.startPeriodMs;
  if (starting) return { ...state, detail };
  const failuresInRow = state.failuresInRow + 1;
  const verdict = failuresInRow >= check.retries ? 'unhealthy' : state.verdict;
  return { ...state, failuresInRow, verdict, detail };
}

/** Delay to the next check: quick while the first success is awaited, so that a miner shows as running without delay. */
export function nextCheckMs(check: HealthCheck, state: HealthState): number {
  return state.verdict === 'checking' ? Math.min(check.intervalMs, 500) : check.intervalMs;
}
