import { toBinary } from '@bufbuild/protobuf';
import type { SessionResponseSchema } from '../gen/headframe/v1/agent_service_pb.js';
import { WorkloadSchema } from '../gen/headframe/v1/agent_service_pb.js';
import type { Assignment, Workload } from '../model/workload.js';
import type { Encoded } from '../rpc/index.js';
import type { StopOrder } from './assignment-runs.js';
import { workloadToWire } from './workload.js';
import { WireWriter } from './wire-writer.js';

/** What a host's agent is told. */
interface Told {
  readonly epoch: number;
  readonly resultsIn: number;
  readonly workloads: readonly Workload[];
  readonly runs: readonly Assignment[];
  readonly stops: readonly StopOrder[];
}

/** All that a host is to hold; ended instances kept for their logs are `retained`. */
export interface SnapshotToTell extends Told {
  readonly retained: readonly number[];
}

/** A change that builds on what `appliesTo` led to. */
export interface DeltaToTell extends Told {
  readonly appliesTo: number;
  readonly forget: readonly number[];
}

// Fields of SessionResponse, AssignmentSnapshot, AssignmentDelta, AssignmentRun and StopRun.
const RESPONSE = { snapshot: 3, delta: 4 } as const;
const SNAPSHOT = { epoch: 1, resultsIn: 2, workloads: 3, runs: 4, stops: 5, retained: 6 } as const;
const DELTA = { epoch: 1, appliesTo: 2, resultsIn: 3, workloads: 4, runs: 5, stops: 6, forget: 7 } as const;
const RUN = { workloadId: 1, firstSerial: 2, count: 3, hostPorts: 4, gpuIds: 5 } as const;
const STOP = { firstSerial: 1, count: 2, reason: 3, text: 4 } as const;

const writer = new WireWriter();
/** Each workload is encoded once, for all the hosts that run it. */
const encoded = new WeakMap<Workload, Uint8Array>();

/** Encodes the response that tells an agent all that it is to hold. */
export function encodeSnapshot(snapshot: SnapshotToTell): Encoded<typeof SessionResponseSchema> {
  writer.message(RESPONSE.snapshot, () => {
    writer.number(SNAPSHOT.epoch, snapshot.epoch).number(SNAPSHOT.resultsIn, snapshot.resultsIn);
    writeTold(snapshot, SNAPSHOT);
    writer.packed(SNAPSHOT.retained, snapshot.retained);
  });
  return taken();
}

/** Encodes the response that tells an agent a change. */
export function encodeDelta(delta: DeltaToTell): Encoded<typeof SessionResponseSchema> {
  writer.message(RESPONSE.delta, () => {
    writer.number(DELTA.epoch, delta.epoch).number(DELTA.appliesTo, delta.appliesTo);
    writer.number(DELTA.resultsIn, delta.resultsIn);
    writeTold(delta, DELTA);
    writer.packed(DELTA.forget, delta.forget);
  });
  return taken();
}

function writeTold({ workloads, runs, stops }: Told, fields: typeof SNAPSHOT | typeof DELTA): void {
  for (const workload of workloads) writer.bytes(fields.workloads, bytesOf(workload));
  for (let at = 0; at < runs.length;) at = writeRun(fields.runs, runs, at);
  for (let at = 0; at < stops.length;) at = writeStops(fields.stops, stops, at);
}

/** Packs neighbours with consecutive serials and one workload into one run; answers where the next begins. */
function writeRun(field: number, runs: readonly Assignment[], start: number): number {
  const first = runs[start];
  if (first === undefined) return runs.length;
  let end = start + 1;
  while (continues(first, runs[end], end - start)) end += 1;
  const part = runs.slice(start, end);
  writer.message(field, () => {
    writer.number(RUN.workloadId, first.workload.id).number(RUN.firstSerial, first.serial);
    writer.number(RUN.count, part.length);
    if (first.hostPorts.length > 0)
      writer.packed(
        RUN.hostPorts,
        part.flatMap(({ hostPorts }) => hostPorts),
      );
    for (const { gpuIds } of part) for (const id of gpuIds) writer.oneText(RUN.gpuIds, id);
  });
  return end;
}

function continues(first: Assignment, next: Assignment | undefined, distance: number): boolean {
  return next !== undefined && next.serial === first.serial + distance && next.workload.id === first.workload.id;
}

function writeStops(field: number, stops: readonly StopOrder[], start: number): number {
  const first = stops[start];
  if (first === undefined) return stops.length;
  const { serial, reason, text } = first;
  let end = start + 1;
  for (let next = stops[end]; next !== undefined; next = stops[++end])
    if (next.serial !== serial + end - start || next.reason !== reason || next.text !== text) break;
  writer.message(field, () => {
    writer.number(STOP.firstSerial, serial).number(STOP.count, end - start);
    writer.text(STOP.reason, reason).text(STOP.text, text);
  });
  return end;
}

function bytesOf(workload: Workload): Uint8Array {
  const known = encoded.get(workload);
  if (known !== undefined) return known;
  const bytes = toBinary(WorkloadSchema, workloadToWire(workload));
  encoded.set(workload, bytes);
  return bytes;
}

function taken(): Encoded<typeof SessionResponseSchema> {
  // The brand exists in types alone; what was written above is that message.
  return writer.take() as Encoded<typeof SessionResponseSchema>;
}
