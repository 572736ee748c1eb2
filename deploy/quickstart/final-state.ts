import type { Instance } from '../../common/gen/headframe/v1/instance_pb.js';
import type { Host } from '../../common/gen/headframe/v1/host_pb.js';
import type { Miner } from '../../common/gen/headframe/v1/miner_pb.js';
import { formatPriority } from '../../common/model/priority.js';
import { HEALTH, HOST_STATE, INSTANCE_STATE } from '../../common/wire/enums.js';
import type { FleetView } from './fleet-client.js';

/** Where the parts of the running quickstart are reached. */
export interface Addresses {
  readonly coordinator: string;
  /** Folder of the identity by which it takes orders. */
  readonly identity: string;
  readonly metrics: string;
  /** Null without a NATS server. */
  readonly nats: string | null;
  /** Folder of the programs' logs. */
  readonly logs: string;
}

/** What `--json` prints: plain data, counts as numbers, codes as in listings. */
export function finalState(view: FleetView, addresses: Addresses, runtime: string): object {
  const { status, hosts, miners, instances } = view;
  const names = new Map(hosts.map(({ id, name }) => [id, name]));
  return {
    settled: status.settled,
    version: status.version,
    revision: Number(status.revision),
    runtime,
    addresses,
    hosts: hosts.map(hostState),
    miners: miners.map(minerState),
    instances: instances.map((instance) => instanceState(instance, names)),
  };
}

function hostState({ id, name, state, labels, runtime, allocatable, allocated, instances }: Host): object {
  return {
    id,
    name,
    state: HOST_STATE.find(state),
    labels,
    runtime,
    allocatable: amounts(allocatable),
    allocated: amounts(allocated),
    instances,
  };
}

function minerState({ spec, counts, why }: Miner): object {
  const { $typeName: _counts, ...numbers } = counts ?? { $typeName: '' };
  const priority = spec?.priority ?? 0;
  return {
    name: spec?.name ?? '',
    priority,
    priorityClass: formatPriority(priority),
    counts: numbers,
    why: why === undefined ? null : whyState(why),
  };
}

function whyState({ reason, text, filters }: NonNullable<Miner['why']>): object {
  return { reason, text, filters: filters.map((filter) => ({ reason: filter.reason, hosts: filter.hosts })) };
}

function instanceState(instance: Instance, hostNames: ReadonlyMap<string, string>): object {
  return {
    id: instance.id,
    miner: instance.miner,
    host: hostNames.get(instance.hostId) ?? null,
    hostId: instance.hostId,
    state: INSTANCE_STATE.find(instance.state),
    health: HEALTH.find(instance.health),
    reason: instance.reason,
    text: instance.text,
    restarts: instance.restarts,
    containerId: instance.containerId,
    ports: instance.ports.map(({ name, containerPort, hostPort }) => ({ name, containerPort, hostPort })),
  };
}

function amounts(resources: Host['allocatable']): object {
  return {
    cpuMillis: resources?.cpuMillis ?? 0,
    memoryBytes: Number(resources?.memoryBytes ?? 0),
    diskBytes: Number(resources?.diskBytes ?? 0),
  };
}
