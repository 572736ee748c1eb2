import { create } from '@bufbuild/protobuf';
import { AssignmentRunSchema, StopRunSchema } from '../gen/headframe/v1/agent_service_pb.js';
import type { AssignmentRun, StopRun } from '../gen/headframe/v1/agent_service_pb.js';
import { HeadframeError } from '../model/error.js';
import type { Assignment, Workload } from '../model/workload.js';
import { numberFromWire, numberToWire } from './numbers.js';

/** An instance that is to stop, and why. */
export interface StopOrder {
  readonly serial: number;
  readonly reason: string;
  readonly text: string;
}

/** Most instances on one host that an agent takes from a message. */
const MOST_INSTANCES = 100_000;

/** Packs assignments: neighbours in the list with consecutive serials and one workload become one run. */
export function assignmentRunsToWire(assignments: readonly Assignment[]): AssignmentRun[] {
  const runs: AssignmentRun[] = [];
  let before: Assignment | undefined;
  for (const assignment of assignments) {
    const { serial, workload, hostPorts, gpuIds } = assignment;
    const last = runs.at(-1);
    if (last !== undefined && before?.serial === serial - 1 && before.workload.id === workload.id) {
      last.count += 1;
      last.hostPorts.push(...hostPorts);
      last.gpuIds.push(...gpuIds);
    } else {
      runs.push(newRun(assignment));
    }
    before = assignment;
  }
  return runs;
}

/** Packs stops: neighbours in the list with consecutive serials and one reason become one run. */
export function stopRunsToWire(stops: readonly StopOrder[]): StopRun[] {
  const runs: StopRun[] = [];
  let next = -1;
  for (const { serial, reason, text } of stops) {
    const last = runs.at(-1);
    if (last !== undefined && serial === next && last.reason === reason && last.text === text) last.count += 1;
    else runs.push(create(StopRunSchema, { firstSerial: numberToWire(serial, 'serial'), count: 1, reason, text }));
    next = serial + 1;
  }
  return runs;
}

/**
 * Unpacks runs. Throws HeadframeError: failed_precondition, workload_unknown, when a run's workload is not at hand, and
 * invalid_argument, malformed_run, when its ports or GPUs do not add up or it is too long.
 */
export function assignmentRunsFromWire(
  runs: readonly AssignmentRun[],
  workloads: ReadonlyMap<number, Workload>,
): Assignment[] {
  checkCount(runs);
  return runs.flatMap((run) => unpackRun(run, workloadOf(run, workloads)));
}

/** Unpacks stops. Throws HeadframeError (invalid_argument, malformed_run) when one is too long. */
export function stopRunsFromWire(runs: readonly StopRun[]): StopOrder[] {
  checkCount(runs);
  return runs.flatMap(({ firstSerial, count, reason, text }) => {
    const first = numberFromWire(firstSerial, 'stops.firstSerial');
    return Array.from({ length: count }, (_, index) => ({ serial: first + index, reason, text }));
  });
}

function newRun({ serial, workload, hostPorts, gpuIds }: Assignment): AssignmentRun {
  return create(AssignmentRunSchema, {
    workloadId: numberToWire(workload.id, 'workloadId'),
    firstSerial: numberToWire(serial, 'serial'),
    count: 1,
    hostPorts: [...hostPorts],
    gpuIds: [...gpuIds],
  });
}

function unpackRun(run: AssignmentRun, workload: Workload): Assignment[] {
  const first = numberFromWire(run.firstSerial, 'runs.firstSerial');
  const ports = workload.container.ports.length;
  const { gpus } = workload.resources;
  const adds = run.hostPorts.length === run.count * ports && run.gpuIds.length === run.count * gpus;
  if (!adds)
    throw malformed(`a run of ${workload.miner} has ${run.hostPorts.length} ports and ${run.gpuIds.length} GPUs`);
  return Array.from({ length: run.count }, (_, index) => ({
    serial: first + index,
    workload,
    hostPorts: run.hostPorts.slice(index * ports, (index + 1) * ports),
    gpuIds: run.gpuIds.slice(index * gpus, (index + 1) * gpus),
    stop: undefined,
  }));
}

function workloadOf(run: AssignmentRun, workloads: ReadonlyMap<number, Workload>): Workload {
  const workload = workloads.get(numberFromWire(run.workloadId, 'runs.workloadId'));
  if (workload !== undefined) return workload;
  throw new HeadframeError({
    code: 'failed_precondition',
    reason: 'workload_unknown',
    message: `workload ${String(run.workloadId)} was never sent`,
    remedy: 'Ask for a snapshot.',
  });
}

function checkCount(runs: readonly { readonly count: number }[]): void {
  const total = runs.reduce((sum, run) => sum + run.count, 0);
  if (total > MOST_INSTANCES) throw malformed(`${total} instances in one message`);
}

function malformed(message: string): HeadframeError {
  return new HeadframeError({ code: 'invalid_argument', reason: 'malformed_run', message });
}
