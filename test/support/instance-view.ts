import type { InstanceView } from '../../agent/reconcile/plan.js';
import type { ObservedInstance } from '../../agent/runtime/runtime.js';
import type { Assignment } from '../../common/model/workload.js';
import { buildAssignment } from './build-assignment.js';
import type { AssignmentParts } from './build-assignment.js';

/** The present of these views, unix milliseconds. */
export const NOW = 1_000_000;
/** A restart policy with a limit. */
export const RESTART = {
  condition: 'always',
  maxAttempts: 5,
  windowMs: 600_000,
  backoffMs: 1_000,
  maxBackoffMs: 60_000,
} as const;

/** An assignment of instance 7 under that policy. */
export function anAssignment(parts: AssignmentParts = {}): Assignment {
  return buildAssignment({
    serial: 7,
    ...parts,
    workload: { restart: RESTART, stopGraceMs: 5_000, ...parts.workload },
  });
}

/** Instance 7 as it runs, but for the changes. */
export function observed(changes: Partial<ObservedInstance> = {}): ObservedInstance {
  return {
    serial: 7,
    containerId: 'c7',
    status: 'running',
    pid: 42,
    exitCode: undefined,
    outOfMemory: false,
    startedAtMs: 900_000,
    finishedAtMs: 0,
    address: '172.17.0.2',
    imageHealth: 'none',
    ...changes,
  };
}

/** All that is known of instance 7: assigned and not there yet, but for the changes. */
export function view(changes: Partial<InstanceView> = {}): InstanceView {
  return {
    serial: 7,
    assignment: anAssignment(),
    retained: false,
    observed: undefined,
    record: undefined,
    health: 'none',
    healthDetail: '',
    leaseHeld: true,
    leaseLeftMs: 0,
    nowMs: NOW,
    ...changes,
  };
}

/** Instance 7 a moment after it failed, but for the changes. */
export const exited = (changes: Partial<ObservedInstance> = {}): ObservedInstance =>
  observed({ status: 'exited', pid: 0, exitCode: 1, finishedAtMs: NOW - 10, ...changes });
