import { BUILD_REASONS } from '../../common/model/build-reasons.js';
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
  /** Why the present run is to end though no check failed; undefined when it is not. */
  readonly stuck?: string | undefined;
  /** Why it cannot start yet, though its image is there; undefined when it can. */
  readonly awaits?: Reason | undefined;
  /** Why the present run is to end and another to begin, whatever the restart policy; undefined when it is not. */
  readonly renewFor?: Reason | undefined;
  /** The host lease holds long enough, so that the instance may run if it is exclusive. */
  readonly leaseHeld: boolean;
  /** Milliseconds until the host lease ends; 0 when it has, or for instances that do not live by it. */
  readonly leaseLeftMs: number;
  readonly nowMs: number;
}

/** What is to be remembered, the next step if any, and when to look again if nothing else happens before. */
export interface Decision {
  readonly record: InstanceRecord | undefined;
  readonly step: Step | undefined;
  readonly wakeAtMs: number | undefined;
}

/** Reason of a run that ends for the next to begin. */
const RENEWED = 'secret_rotated';
/** A run as short as this never got to its own work. */
const SHORT_RUN_MS = 1_000;
/** Grace for containers that no assignment describes any more. */
const ORPHAN_GRACE: Grace = { graceMs: 10_000, hurried: false };
/** Backoff of pulls and launches that fail: quick at first, then often enough to recover soon after the cause goes. */
const LAUNCH_BACKOFF = { backoffMs: 1_000, maxBackoffMs: 60_000 };
/** Backoff of stops that fail; what must be over by the end of the lease is tried without a pause worth the name. */
const STOP_BACKOFF = { backoffMs: 1_000, maxBackoffMs: 5_000 };
const HURRIED_BACKOFF = { backoffMs: 250, maxBackoffMs: 500 };
const REMOVE_BACKOFF = { backoffMs: 1_000, maxBackoffMs: 60_000 };
/** Failures that another host or another port may cure: the coordinator should place the instance anew. */
const GIVE_UP_AT_ONCE: ReadonlySet<string> = new Set([
  'port_conflict',
  'gpu_unavailable',
  'not_supported',
  'mount_not_allowed',
  'privilege_not_allowed',
  'resources_rejected',
  // The same would be built again.
  ...Object.keys(BUILD_REASONS),
]);

/** Decides the next step for one instance. Pure; called again after every change. */
export function planInstance(view: InstanceView): Decision {
  if (view.assignment === undefined) return view.retained ? keep(view) : discard(view);
  const record = countEnd(view.assignment, view.record ?? NEW_RECORD, view);
  if (record.end) return planEnded(view, view.assignment, record);
  if (view.assignment.stop) return planStop(view, view.assignment, record, view.assignment.stop);
  if (!view.leaseHeld && isExclusive(view.assignment)) return planWithoutLease(view, view.assignment, record);
  if (view.observed?.status === 'running') return planRunning(view, view.assignment, record);
  return planLaunch(view, view.assignment, record);
}

/**
 * Whether something of a lease is still there though it has ended: only once its container is removed, and all that went with it,
 * is it told to have ended, so that what is free in the books is free on the host.
 */
export function isLeftOver({ assignment, observed }: InstanceView, record: InstanceRecord): boolean {
  if (assignment?.workload.lease === undefined) return false;
  return observed !== undefined || record.endNotBeforeMs > 0;
}

/** Whether the instance must end when the host lease does. */
export function isExclusive(assignment: Assignment): boolean {
  return assignment.workload.identity !== '' || assignment.workload.onDisconnect === 'stop';
}

/** Whether a step under way is no longer wanted, or too slow for the end of the lease, and is to be broken off. */
export function isObsolete(step: Step, view: InstanceView): boolean {
  const { assignment, leaseHeld } = view;
  const overtime = assignment !== undefined && isExclusive(assignment) && !leaseHeld;
  switch (step.kind) {
    case 'prepare':
      return assignment === undefined || assignment.stop !== undefined;
    case 'launch':
      return assignment === undefined || assignment.stop !== undefined || overtime;
    case 'stop':
      return overtime && !step.hurried && step.graceMs > view.leaseLeftMs;
    case 'remove':
      return false;
  }
}

/** What to remember after a step: failures back off, or end the instance where only another placement can help. */
export function afterStep(record: InstanceRecord, step: Step, outcome: StepOutcome, nowMs: number): InstanceRecord {
  if (outcome.ok) {
    if (step.kind === 'prepare') return { ...record, prepared: true, failures: 0, problem: undefined };
    if (step.kind === 'launch') return { ...record, launched: true, failures: 0 };
    return record.endNotBeforeMs === 0 ? record : { ...record, failures: 0, endNotBeforeMs: 0 };
  }
  const problem: Reason = { reason: outcome.reason, text: outcome.text };
  const failures = record.failures + 1;
  if (step.kind === 'stop' || step.kind === 'remove')
    return { ...record, failures, problem, endNotBeforeMs: nowMs + backoffMs(endBackoff(step), failures) };
  if (GIVE_UP_AT_ONCE.has(outcome.reason))
    return { ...record, problem, end: { state: 'failed', ...problem, exitCode: undefined } };
  const prepared = record.prepared && outcome.reason !== 'image_not_found';
  return { ...record, prepared, failures, problem, notBeforeMs: nowMs + backoffMs(LAUNCH_BACKOFF, failures) };
}

function endBackoff(step: Extract<Step, { kind: 'stop' | 'remove' }>): typeof STOP_BACKOFF {
  if (step.kind === 'remove') return REMOVE_BACKOFF;
  return step.hurried ? HURRIED_BACKOFF : STOP_BACKOFF;
}

function keep(view: InstanceView): Decision {
  return stopIfRunning(view, view.record, ORPHAN_GRACE);
}

function discard(view: InstanceView): Decision {
  const { observed, record, serial, nowMs } = view;
  if (observed === undefined) return { record: undefined, step: undefined, wakeAtMs: undefined };
  if (observed.status === 'running') return stopIfRunning(view, record, ORPHAN_GRACE);
  if (record && isAhead(record.endNotBeforeMs, nowMs, REMOVE_BACKOFF.maxBackoffMs))
    return { record, step: undefined, wakeAtMs: record.endNotBeforeMs };
  return { record, step: { kind: 'remove', serial }, wakeAtMs: undefined };
}

/** How long a stop may take; `hurried` when it has to be over by the end of the host lease. */
interface Grace {
  readonly graceMs: number;
  readonly hurried: boolean;
}

function graceOf(view: InstanceView, assignment: Assignment): Grace {
  const graceMs = assignment.workload.stopGraceMs;
  if (view.leaseHeld || !isExclusive(assignment)) return { graceMs, hurried: false };
  return { graceMs: Math.min(graceMs, view.leaseLeftMs), hurried: true };
}

/** Stops what runs, unless the last try failed a moment ago. */
function stopIfRunning<R extends InstanceRecord | undefined>(
  view: InstanceView,
  record: R,
  grace: Grace,
): Decision & { readonly record: R } {
  if (view.observed?.status !== 'running') return { record, step: undefined, wakeAtMs: undefined };
  const { maxBackoffMs } = grace.hurried ? HURRIED_BACKOFF : STOP_BACKOFF;
  if (record && isAhead(record.endNotBeforeMs, view.nowMs, maxBackoffMs))
    return { record, step: undefined, wakeAtMs: record.endNotBeforeMs };
  return { record, step: { kind: 'stop', serial: view.serial, ...grace }, wakeAtMs: undefined };
}

function planEnded(view: InstanceView, assignment: Assignment, record: InstanceRecord): Decision {
  if (view.observed?.status === 'running' || !isLeftOver(view, record))
    return stopIfRunning(view, record, graceOf(view, assignment));
  if (isAhead(record.endNotBeforeMs, view.nowMs, REMOVE_BACKOFF.maxBackoffMs))
    return { record, step: undefined, wakeAtMs: record.endNotBeforeMs };
  return { record, step: { kind: 'remove', serial: view.serial }, wakeAtMs: undefined };
}

function planStop(view: InstanceView, assignment: Assignment, record: InstanceRecord, stop: Reason): Decision {
  if (view.observed?.status === 'running')
    return stopIfRunning(view, { ...record, ending: stop }, graceOf(view, assignment));
  const exitCode = view.observed?.exitCode ?? record.exitCode;
  const ended: InstanceRecord = { ...record, end: { state: 'stopped', ...stop, exitCode } };
  return planEnded(view, assignment, ended);
}

function planWithoutLease(view: InstanceView, assignment: Assignment, record: InstanceRecord): Decision {
  if (view.observed?.status !== 'running') return { record, step: undefined, wakeAtMs: undefined };
  const ending = { reason: 'lease_expired', text: 'the coordinator was out of reach for longer than the host lease' };
  return stopIfRunning(view, { ...record, ending }, graceOf(view, assignment));
}

function planRunning(view: InstanceView, assignment: Assignment, record: InstanceRecord): Decision {
  if (view.stuck !== undefined) {
    const ending = { reason: 'instance_stuck', text: view.stuck };
    return stopIfRunning(view, { ...record, ending }, graceOf(view, assignment));
  }
  if (view.renewFor !== undefined)
    return stopIfRunning(view, { ...record, ending: view.renewFor }, graceOf(view, assignment));
  if (view.health !== 'unhealthy') return { record: settle(view, record), step: undefined, wakeAtMs: undefined };
  const ending = { reason: 'became_unhealthy', text: unhealthyText(view) };
  return stopIfRunning(view, { ...record, ending }, graceOf(view, assignment));
}

/** A container that works has no problem left, and what was to end it, if anything, is over. */
function settle(view: InstanceView, record: InstanceRecord): InstanceRecord {
  if (view.health === 'checking') return record;
  const { problem, ending, launched, endNotBeforeMs } = record;
  if (problem === undefined && ending === undefined && launched && endNotBeforeMs === 0) return record;
  const done = { problem: undefined, ending: undefined, endNotBeforeMs: 0 };
  return { ...record, ...done, launched: true, prepared: true };
}

function planLaunch(view: InstanceView, assignment: Assignment, record: InstanceRecord): Decision {
  const longestMs = Math.max(LAUNCH_BACKOFF.maxBackoffMs, assignment.workload.restart.maxBackoffMs);
  if (isAhead(record.notBeforeMs, view.nowMs, longestMs))
    return { record, step: undefined, wakeAtMs: record.notBeforeMs };
  if (!record.prepared && view.observed === undefined) {
    return { record, step: { kind: 'prepare', assignment }, wakeAtMs: undefined };
  }
  if (view.awaits !== undefined) return { record, step: undefined, wakeAtMs: undefined };
  return { record, step: { kind: 'launch', assignment }, wakeAtMs: undefined };
}

/** Whether a wait goes on; one longer than any that is ever set means that the wall clock was set back, and is over. */
function isAhead(untilMs: number, nowMs: number, longestMs: number): boolean {
  return untilMs > nowMs && untilMs - nowMs <= longestMs;
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
    const after = { ...endRun(assignment, record, gone), launched: false };
    // What its tenant had there is gone with it: another container would not be that lease.
    if (assignment.workload.lease === undefined || after.end !== undefined) return after;
    return { ...after, end: { state: 'failed', ...cause, exitCode: undefined } };
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
  // As asked for, so that it counts as no failure and waits for nothing.
  if (end.cause.reason === RENEWED) return { ...counted, restarts: record.restarts + 1, problem: end.cause };
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
