import { create } from '@bufbuild/protobuf';
import { WorkloadSchema } from '../gen/headframe/v1/agent_service_pb.js';
import type { Workload as WireWorkload } from '../gen/headframe/v1/agent_service_pb.js';
import { HeadframeError } from '../model/error.js';
import type { Workload } from '../model/workload.js';
import { containerFromWire, containerToWire } from './container-section.js';
import { ON_DISCONNECT, PULL_POLICY } from './enums.js';
import { leaseFromWire, leaseToWire } from './lease-section.js';
import { buildFromWire, buildToWire } from './module-section.js';
import { numberFromWire, numberToWire } from './numbers.js';
import { httpSourceToWire, httpSourcesFromWire } from './readings.js';
import { requestFromWire, resourcesToWire } from './resources.js';
import { healthFromWire, healthToWire, restartFromWire, restartToWire } from './supervision.js';

/** Puts what an instance runs on the wire. */
export function workloadToWire(workload: Workload): WireWorkload {
  const { miner, kind, identity, stopGraceMs, priority } = workload;
  return create(WorkloadSchema, {
    id: numberToWire(workload.id, 'workload.id'),
    miner,
    kind,
    specRevision: numberToWire(workload.specRevision, 'workload.specRevision'),
    labels: { ...workload.labels },
    resources: resourcesToWire(workload.resources),
    container: containerToWire(workload.container),
    ...(workload.health === undefined ? {} : { health: healthToWire(workload.health) }),
    restart: restartToWire(workload.restart),
    onDisconnect: ON_DISCONNECT.toWire(workload.onDisconnect),
    identity,
    stopGraceMs,
    pullPolicy: PULL_POLICY.toWire(workload.pullPolicy),
    priority,
    metrics: (workload.metrics ?? []).map(httpSourceToWire),
    ...(workload.build === undefined ? {} : { build: buildToWire(workload.build) }),
    ...(workload.lease === undefined ? {} : { lease: leaseToWire(workload.lease) }),
  });
}

/** Reads what an instance runs. Throws HeadframeError (invalid_argument) on what this version does not know. */
export function workloadFromWire(message: WireWorkload): Workload {
  if (message.container === undefined) throw withoutContainer(message);
  const { miner, kind, labels, identity, stopGraceMs, priority } = message;
  const metrics = httpSourcesFromWire(message.metrics);
  return {
    id: numberFromWire(message.id, 'workload.id'),
    miner,
    kind,
    specRevision: numberFromWire(message.specRevision, 'workload.specRevision'),
    labels,
    priority,
    resources: requestFromWire(message.resources, 'workload.resources'),
    container: containerFromWire(message.container),
    health: message.health && healthFromWire(message.health),
    restart: restartFromWire(message.restart),
    onDisconnect: ON_DISCONNECT.fromWire(message.onDisconnect, 'workload.onDisconnect'),
    identity,
    stopGraceMs,
    pullPolicy: PULL_POLICY.fromWire(message.pullPolicy, 'workload.pullPolicy'),
    ...(metrics === undefined ? {} : { metrics }),
    ...(message.build === undefined ? {} : { build: buildFromWire(message.build) }),
    ...(message.lease === undefined ? {} : { lease: leaseFromWire(message.lease) }),
  };
}

function withoutContainer({ miner, kind }: WireWorkload): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'unknown_value',
    message: `the workload of ${miner} (${kind}) has no container`,
    remedy: 'Run the same version on both sides.',
  });
}
