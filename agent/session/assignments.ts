import type { Assignment } from '../../common/model/workload.js';
import type { AssignmentDelta, AssignmentSnapshot, StopOrder } from '../../common/wire/agent.js';
import type { HeldAssignments } from '../state/agent-state.js';

/** The new assignments, or why the message cannot be taken. */
export type Taken =
  | { readonly ok: true; readonly held: HeldAssignments }
  | { readonly ok: false; readonly why: 'stale_epoch' | 'unknown_base' };

/** Takes a snapshot in: it replaces everything. */
export function takeSnapshot(held: HeldAssignments, snapshot: AssignmentSnapshot): Taken {
  if (snapshot.epoch < held.epoch) return { ok: false, why: 'stale_epoch' };
  const assignments = withStops(new Map(snapshot.runs.map((run) => [run.serial, run])), snapshot.stops);
  return {
    ok: true,
    held: {
      epoch: snapshot.epoch,
      revision: snapshot.resultsIn,
      assignments: [...assignments.values()],
      retained: snapshot.retained,
    },
  };
}

/** Takes a delta in; one that builds on another revision than the held one is refused, and a snapshot must be asked for. */
export function takeDelta(held: HeldAssignments, delta: AssignmentDelta): Taken {
  if (delta.epoch < held.epoch) return { ok: false, why: 'stale_epoch' };
  if (delta.epoch !== held.epoch || delta.appliesTo !== held.revision) return { ok: false, why: 'unknown_base' };
  const assignments = new Map(held.assignments.map((assignment) => [assignment.serial, assignment]));
  for (const run of delta.runs) assignments.set(run.serial, run);
  withStops(assignments, delta.stops);
  for (const serial of delta.forget) assignments.delete(serial);
  const forgotten = new Set(delta.forget);
  return {
    ok: true,
    held: {
      epoch: delta.epoch,
      revision: delta.resultsIn,
      assignments: [...assignments.values()],
      retained: held.retained.filter((serial) => !forgotten.has(serial)),
    },
  };
}

function withStops(assignments: Map<number, Assignment>, stops: readonly StopOrder[]): Map<number, Assignment> {
  for (const { serial, reason, text } of stops) {
    const assignment = assignments.get(serial);
    if (assignment) assignments.set(serial, { ...assignment, stop: { reason, text } });
  }
  return assignments;
}
