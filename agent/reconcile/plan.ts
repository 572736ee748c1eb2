import type { Assignment } from '../../common/model/workload.js';
import type { ObservedInstance } from '../runtime/runtime.js';
import { NEW_RECORD } from './record.js';
import type { InstanceRecord, Reason } from './record.js';
import { afterRun, backoffMs } from './restart-policy.js';
import type { Step, StepOutcome } from './step.js';

/** Verdict of the health check on the present run: `unhealthy` once it failed too often in a row. */
export type HealthVerdict = 'none' | 'checking' | 'healthy' | 'unhealthy';

/** All that is known of one instance at one moment. */
export interface InstanceView {
  readonly serial: number;
  /** What the coordinator wants held; undefined when it wants nothing of this serial. */
  readonly assignment: Assignment | undefined;
  /** Ended, but its container is kept for its logs. */
  readonly retained: boolean;
  readonly observed: ObservedInstance | undefined;
  readonly record: InstanceRecord | undefined;
  readonly health: HealthVerdict;
  /** What the last check found, for people. */
  readonly healthDetail: string;
  /** The host lease holds, so that exclusive instances may run. */
  readonly leaseHeld: boolean;
  readonly nowMs: number;
}

/** What is to be remembered, the next step if any, and when to look again if nothing else happens before. */
export interface Decision {
  readonly record: InstanceRecord | undefined;
  readonly step: Step | undefined;
  readonly wakeAtMs: number | undefined;
}

/** A run as short as this never got to its own work. */
const SHORT_RUN_MS = 1_000;
/** Grace for containers that no assignment describes any more. */
const ORPHAN_GRACE_MS = 10_000;
/** Backoff of pulls and launches that fail: quick at first, then often enough to recover soon after the cause goes. */
const LAUNCH_BACKOFF = { backoffMs: 1_000, maxBackoffMs: 60_000 };
/** Failures that another host or another port may cure: the coordinator should place the instance anew. */
const GIVE_UP_AT_ONCE = new Set([
  'port_conflict',
  'gpu_unavailable',
  'not_supported',
  'mount_not_allowed',
  'resources_rejected',
]);

/** Decides the next step for one instance. Pure; called again after every change. */
export function planInstance(view: InstanceView): Decision {
  if (view.assignment === undefined) return view.retained ? keep(view) : discard(view);
  const record = countEnd(view.assignment, view.record ?? NEW_RECORD, view);
  if (record.end) return { record, step: stopIfRunning(view, view.assignment), wakeAtMs: undefined };
  if (view.assignment.stop) return planStop(view, view.assignment, record, view.assignment.stop);
  if (!view.leaseHeld && isExclusive(view.assignment)) return planWithoutLease(view, view.assignment, record);
  if (view.observed?.status === 'running') return planRunning(view, view.assignment, record);
  return planLaunch(view, view.assignment, record);
}

/** Whether the instance must end when the host lease does. */
export function isExclusive(assignment: Assignment): boolean {
  return assignment.workload.identity !== '' || assignment.workload.onDisconnect === 'stop';
}

/** What to remember after a step: failures back off, or end the instance where only another placement can help. */
export function afterStep(record: InstanceRecord, step: Step, outcome: StepOutcome, nowMs: number): InstanceRecord {
  if (outcome.ok) {
    if (step.kind === 'prepare') return { ...record, prepared: true, failures: 0, problem: undefined };
    if (step.kind === 'launch') return { ...record, launched: true, failures: 0 };
    return record;
  }
  const problem: Reason = { reason: outcome.reason, text: outcome.text };
  if (step.kind === 'stop' || step.kind === 'remove') return { ...record, notBeforeMs: nowMs + 1_000 };
  if (GIVE_UP_AT_ONCE.has(outcome.reason))
    return { ...record, problem, end: { state: 'failed', ...problem, exitCode: undefined } };
  const failures = record.failures + 1;
  const prepared = record.prepared && outcome.reason !== 'image_not_found';
  return { ...record, prepared, failures, problem, notBeforeMs: nowMs + backoffMs(LAUNCH_BACKOFF, failures) };
}

function keep(view: InstanceView): Decision {
  return { record: view.record, step: stopOrphan(view), wakeAtMs: undefined };
}

function discard(view: InstanceView): Decision {
  if (view.observed === undefined) return { record: undefined, step: undefined, wakeAtMs: undefined };
  if (view.record && view.record.notBeforeMs > view.nowMs) return wait(view.record, view.record.notBeforeMs);
  const step = stopOrphan(view) ?? { kind: 'remove', serial: view.serial };
  return { record: view.record, step, wakeAtMs: undefined };
}

function stopOrphan(view: InstanceView): Step | undefined {
  if (view.observed?.status !== 'running') return undefined;
  return { kind: 'stop', serial: view.serial, graceMs: ORPHAN_GRACE_MS };
}

function stopIfRunning(view: InstanceView, assignment: Assignment): Step | undefined {
  if (view.observed?.status !== 'running') return undefined;
  return { kind: 'stop', serial: view.serial, graceMs: assignment.workload.stopGraceMs };
}

function planStop(view: InstanceView, assignment: Assignment, record: InstanceRecord, stop: Reason): Decision {
  const step = stopIfRunning(view, assignment);
  if (step === undefined) {
    const exitCode = view.observed?.exitCode ?? record.exitCode;
    return {
      record: { ...record, end: { state: 'stopped', ...stop, exitCode } },
      step: undefined,
      wakeAtMs: undefined,
    };
  }
  if (record.notBeforeMs > view.nowMs && record.ending) return wait(record, record.notBeforeMs);
  return { record: { ...record, ending: stop, notBeforeMs: 0 }, step, wakeAtMs: undefined };
}

function planWithoutLease(view: InstanceView, assignment: Assignment, record: InstanceRecord): Decision {
  const step = stopIfRunning(view, assignment);
  if (step === undefined) return { record, step: undefined, wakeAtMs: undefined };
  const ending = { reason: 'lease_expired', text: 'the coordinator was out of reach for longer than the host lease' };
  return { record: { ...record, ending }, step, wakeAtMs: undefined };
}

function planRunning(view: InstanceView, assignment: Assignment, record: InstanceRecord): Decision {
  if (view.health !== 'unhealthy') return { record: settle(view, record), step: undefined, wakeAtMs: undefined };
  const ending = { reason: 'became_unhealthy', text: unhealthyText(view) };
  return { record: { ...record, ending }, step: stopIfRunning(view, assignment), wakeAtMs: undefined };
}

/** A container that works has no problem left. */
function settle(view: InstanceView, record: InstanceRecord): InstanceRecord {
  if (view.health === 'checking') return record;
  return record.problem === undefined && record.launched
    ? record
    : { ...record, launched: true, prepared: true, problem: undefined };
}

function planLaunch(view: InstanceView, assignment: Assignment, record: InstanceRecord): Decision {
  if (record.notBeforeMs > view.nowMs) return wait(record, record.notBeforeMs);
  if (!record.prepared && view.observed === undefined) {
    return { record, step: { kind: 'prepare', assignment }, wakeAtMs: undefined };
  }
  return { record, step: { kind: 'launch', assignment }, wakeAtMs: undefined };
}

function wait(record: InstanceRecord, wakeAtMs: number): Decision {
  return { record, step: undefined, wakeAtMs };
}

/** Counts the end of a run once: an exited container, or one that vanished after it had been started. */
function countEnd(assignment: Assignment, record: InstanceRecord, view: InstanceView): InstanceRecord {
  if (record.end) return record;
  const { observed } = view;
  if (observed?.status === 'exited' && isUncounted(observed, record)) {
    return endRun(assignment, record, {
      exitCode: observed.exitCode,
      cause: record.ending ?? causeOf(observed),
      startedAtMs: observed.startedAtMs,
      endedAtMs: observed.finishedAtMs > 0 ? observed.finishedAtMs : view.nowMs,
    });
  }
  if (observed === undefined && record.launched) {
    const cause = record.ending ?? {
      reason: 'container_gone',
      text: 'the container was removed from outside the fleet',
    };
    const gone = { exitCode: undefined, cause, startedAtMs: record.countedRunMs, endedAtMs: view.nowMs };
    return { ...endRun(assignment, record, gone), launched: false };
  }
  return record;
}

// Not "later than": the wall clock may have been set back between two runs.
function isUncounted(observed: ObservedInstance, record: InstanceRecord): boolean {
  return observed.startedAtMs > 0 && observed.startedAtMs !== record.countedRunMs;
}

/** Words for a failed health check, with what it found. */
export function unhealthyText(view: Pick<InstanceView, 'healthDetail'>): string {
  return `the health check failed too often in a row: ${view.healthDetail}`;
}

function endRun(assignment: Assignment, record: InstanceRecord, end: Parameters<typeof afterRun>[2]): InstanceRecord {
  const counted = { ...record, countedRunMs: end.startedAtMs, exitCode: end.exitCode, ending: undefined };
  const order = assignment.stop;
  if (order)
    return { ...counted, end: { state: 'stopped', reason: order.reason, text: order.text, exitCode: end.exitCode } };
  if (end.cause.reason === 'lease_expired')
    return { ...counted, end: { state: 'stopped', ...end.cause, exitCode: end.exitCode } };
  return afterRun(assignment.workload.restart, record, end);
}

function causeOf(observed: ObservedInstance): Reason {
  if (observed.outOfMemory) return { reason: 'out_of_memory', text: 'killed for using more than its memory' };
  if (observed.exitCode === 0) return { reason: 'exited', text: 'ended by itself with exit code 0' };
  if (observed.exitCode === 137) return { reason: 'killed', text: 'killed from outside the fleet (exit code 137)' };
  // What the init process in a container, or a shell, says of a command it cannot run: POSIX exit codes 126 and 127.
  if (observed.exitCode === 127 && isShort(observed))
    return { reason: 'command_not_found', text: 'the command was not found (exit code 127)' };
  if (observed.exitCode === 126 && isShort(observed))
    return { reason: 'command_not_found', text: 'the command is not executable (exit code 126)' };
  return { reason: 'exited_error', text: `ended with exit code ${String(observed.exitCode ?? 'unknown')}` };
}

/** A program that had really begun may use these codes for itself. */
function isShort(observed: ObservedInstance): boolean {
  return observed.finishedAtMs - observed.startedAtMs < SHORT_RUN_MS;
}
