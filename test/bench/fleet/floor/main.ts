// The bare wire: the streams and bytes of the benchmark, with nothing that decides, stores or looks inside.
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { create, toBinary } from '@bufbuild/protobuf';
import { SessionResponseSchema } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import type { SessionResponse } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import { assignmentRunsToWire, workloadToWire } from '../../../../common/wire/agent.js';
import { minerSpecFromWire } from '../../../../common/wire/client.js';
import { containerKind } from '../../../../coordinator/kinds/container/index.js';
import { benchMiners } from '../workload.js';

type Stream = ServerDuplexStream<Buffer, Buffer>;

const RUN = 8;
const options = JSON.parse(process.argv[2] ?? '') as { agents: number; instances: number; miners: number }; // by wire-floor.ts
const specs = benchMiners(options).map((miner) => minerSpecFromWire(miner));
const streams: Stream[] = [];

function encoded(message: SessionResponse['message']): Buffer {
  return Buffer.from(toBinary(SessionResponseSchema, create(SessionResponseSchema, { message })));
}

/** A host's share of the instances in runs of eight, as the scheduler would deal them out. */
function delta(host: number): Buffer {
  const each = Math.ceil(options.instances / options.agents);
  const first = 1 + host * each;
  const assignments = Array.from({ length: Math.min(each, Math.max(0, options.instances - host * each)) }, (_, at) => {
    const index = (host * 13 + Math.floor(at / RUN)) % specs.length;
    const spec = specs[index] ?? specs[0];
    if (spec === undefined) throw new Error('no miners');
    const workload = containerKind.resolve(spec, { workloadId: index + 1, specRevision: 1 });
    const hostPorts = workload.container.ports.map((_port, port) => 20_000 + at + port);
    return { serial: first + at, workload, hostPorts, gpuIds: [], stop: undefined };
  });
  const workloads = new Map(assignments.map(({ workload }) => [workload.id, workload]));
  return encoded({
    case: 'delta',
    value: {
      $typeName: 'headframe.v1.AssignmentDelta',
      epoch: 1n,
      appliesTo: 1n,
      resultsIn: 2n,
      workloads: [...workloads.values()].map(workloadToWire),
      runs: assignmentRunsToWire(assignments),
      stops: [],
      forget: [],
    },
  });
}

const accepted = encoded({
  case: 'accepted',
  value: {
    $typeName: 'headframe.v1.Accepted',
    sessionId: 'floor',
    epoch: 1n,
    heartbeatPeriodMs: 60_000,
    leaseMs: 60_000,
    usagePeriodMs: 600_000,
    coordinatorVersion: '0',
  },
});
const snapshot = encoded({
  case: 'snapshot',
  value: {
    $typeName: 'headframe.v1.AssignmentSnapshot',
    epoch: 1n,
    resultsIn: 1n,
    workloads: [],
    runs: [],
    stops: [],
    retained: [],
  },
});

/** Answers each message as reports, in their order, but for the hello. */
function serve(stream: Stream): void {
  let sequence = 0n;
  streams.push(stream);
  stream.write(accepted);
  stream.write(snapshot);
  stream.on('error', () => undefined);
  stream.on('data', (message: Buffer) => {
    if (message[0] !== 0x1a) return;
    sequence += 1n;
    stream.write(encoded({ case: 'reportsAck', value: { $typeName: 'headframe.v1.ReportsAck', sequence } }));
  });
}

const same = (bytes: Buffer): Buffer => bytes;
const codec = { requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same };
const method = { path: '/headframe.v1.AgentService/Session', requestStream: true, responseStream: true, ...codec };
const server = new Server({ 'grpc.max_receive_message_length': 2 ** 24 });
server.addService({ session: method }, { session: serve });
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_error, port) => process.send?.({ port }));
const deltas = Array.from({ length: options.agents }, (_, host) => delta(host));
process.on('message', () => {
  deltas.forEach((bytes, host) => streams[host]?.write(bytes));
});
process.on('disconnect', () => process.exit());
