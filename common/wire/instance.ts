import { create } from '@bufbuild/protobuf';
import { BoundPortSchema, InstanceSchema } from '../gen/headframe/v1/instance_pb.js';
import type { Instance as WireInstance } from '../gen/headframe/v1/instance_pb.js';
import type { HostRecord } from '../model/host.js';
import { instanceId } from '../model/instance.js';
import type { InstanceRecord } from '../model/instance.js';
import type { PortSpec } from '../model/miner.js';
import type { Workload } from '../model/workload.js';
import { HEALTH, INSTANCE_STATE } from './enums.js';
import { numberFromWire, numberToWire } from './numbers.js';

/** A port of an instance and where on its host it is published. */
export type BoundPort = Pick<PortSpec, 'name' | 'containerPort' | 'hostPort'>;

/** An instance as its user sees it. */
export interface InstanceView extends Omit<InstanceRecord, 'workloadId' | 'hostPorts'> {
  /** `<miner>-<serial>`. */
  readonly id: string;
  /** The host's name for people; '' while pending, or once the host is gone. */
  readonly hostName: string;
  /** Revision of the spec it runs. */
  readonly specRevision: number;
  readonly ports: readonly BoundPort[];
  /** Fleet revision of its last change. */
  readonly revision: number;
}

/** What an instance's record refers to, as far as it is still there. */
export interface InstanceContext {
  readonly workload: Workload | undefined;
  readonly host: Pick<HostRecord, 'name'> | undefined;
  /** Fleet revision of the record's last change. */
  readonly revision: number;
}

/** An instance's record as its user sees it; without the workload its ports have no names and are left out. */
export function instanceView(record: InstanceRecord, { workload, host, revision }: InstanceContext): InstanceView {
  const { workloadId: _workloadId, hostPorts, ...rest } = record;
  const declared = workload?.container.ports ?? [];
  const ports = hostPorts.flatMap((hostPort, index): BoundPort[] => {
    const port = declared[index];
    return port === undefined ? [] : [{ name: port.name, containerPort: port.containerPort, hostPort }];
  });
  const id = instanceId(record.miner, record.serial);
  return { ...rest, id, hostName: host?.name ?? '', specRevision: workload?.specRevision ?? 0, ports, revision };
}

/** Puts an instance on the wire. */
export function instanceToWire(instance: InstanceView): WireInstance {
  const { id, miner, hostId, reason, text, restarts, exitCode, containerId } = instance;
  return create(InstanceSchema, {
    id,
    serial: numberToWire(instance.serial, 'serial'),
    miner,
    specRevision: numberToWire(instance.specRevision, 'specRevision'),
    hostId: hostId ?? '',
    hostName: instance.hostName,
    state: INSTANCE_STATE.toWire(instance.state),
    health: HEALTH.toWire(instance.health),
    reason,
    text,
    restarts,
    ...(exitCode === undefined ? {} : { exitCode }),
    ports: instance.ports.map((port) => create(BoundPortSchema, port)),
    gpuIds: [...instance.gpuIds],
    containerId,
    createdAtMs: numberToWire(instance.createdAtMs, 'createdAtMs'),
    changedAtMs: numberToWire(instance.changedAtMs, 'changedAtMs'),
    startedAtMs: numberToWire(instance.startedAtMs, 'startedAtMs'),
    revision: numberToWire(instance.revision, 'revision'),
  });
}

/** Reads an instance as the coordinator sends it. */
export function instanceFromWire(message: WireInstance): InstanceView {
  const { id, miner, hostId, reason, text, restarts, exitCode, gpuIds, containerId } = message;
  return {
    id,
    serial: numberFromWire(message.serial, 'serial'),
    miner,
    specRevision: numberFromWire(message.specRevision, 'specRevision'),
    hostId: hostId === '' ? undefined : hostId,
    hostName: message.hostName,
    state: INSTANCE_STATE.fromWire(message.state, 'state'),
    health: HEALTH.fromWire(message.health, 'health'),
    reason,
    text,
    restarts,
    exitCode,
    ports: message.ports.map(({ name, containerPort, hostPort }) => ({ name, containerPort, hostPort })),
    gpuIds,
    containerId,
    createdAtMs: numberFromWire(message.createdAtMs, 'createdAtMs'),
    changedAtMs: numberFromWire(message.changedAtMs, 'changedAtMs'),
    startedAtMs: numberFromWire(message.startedAtMs, 'startedAtMs'),
    revision: numberFromWire(message.revision, 'revision'),
  };
}
