import type {
  AssignmentDelta as WireDelta,
  AssignmentSnapshot as WireSnapshot,
} from '../gen/headframe/v1/agent_service_pb.js';
import type { Assignment, Workload } from '../model/workload.js';
import { assignmentRunsFromWire, stopRunsFromWire } from './assignment-runs.js';
import type { StopOrder } from './assignment-runs.js';
import { numberFromWire } from './numbers.js';
import { workloadFromWire } from './workload.js';

/** A complete list of what a host is to hold. */
export interface AssignmentSnapshot {
  readonly epoch: number;
  readonly resultsIn: number;
  readonly runs: readonly Assignment[];
  readonly stops: readonly StopOrder[];
  /** Ended instances whose containers are kept for their logs. */
  readonly retained: readonly number[];
}

/** A change of what a host is to hold. */
export interface AssignmentDelta {
  readonly epoch: number;
  readonly appliesTo: number;
  readonly resultsIn: number;
  readonly runs: readonly Assignment[];
  readonly stops: readonly StopOrder[];
  readonly forget: readonly number[];
}

/** Reads a snapshot, which brings all its workloads along. Throws what `assignmentRunsFromWire` does. */
export function snapshotFromWire(message: WireSnapshot): AssignmentSnapshot {
  const workloads = byId(message.workloads.map(workloadFromWire));
  return {
    epoch: numberFromWire(message.epoch, 'snapshot.epoch'),
    resultsIn: numberFromWire(message.resultsIn, 'snapshot.resultsIn'),
    runs: assignmentRunsFromWire(message.runs, workloads),
    stops: stopRunsFromWire(message.stops),
    retained: message.retained.map((serial) => numberFromWire(serial, 'snapshot.retained')),
  };
}

/** Reads a delta; workloads it does not bring along are those of what is held. Throws what `assignmentRunsFromWire` does. */
export function deltaFromWire(
  message: WireDelta,
  held: { readonly assignments: readonly Assignment[] },
): AssignmentDelta {
  const known = held.assignments.map(({ workload }) => workload);
  const workloads = byId([...known, ...message.workloads.map(workloadFromWire)]);
  return {
    epoch: numberFromWire(message.epoch, 'delta.epoch'),
    appliesTo: numberFromWire(message.appliesTo, 'delta.appliesTo'),
    resultsIn: numberFromWire(message.resultsIn, 'delta.resultsIn'),
    runs: assignmentRunsFromWire(message.runs, workloads),
    stops: stopRunsFromWire(message.stops),
    forget: message.forget.map((serial) => numberFromWire(serial, 'delta.forget')),
  };
}

function byId(workloads: readonly Workload[]): Map<number, Workload> {
  return new Map(workloads.map((workload) => [workload.id, workload]));
}
