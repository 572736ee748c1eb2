import type { HostRecord } from '../../common/model/host.js';
import type { MinerSpec, PortSpec } from '../../common/model/miner.js';
import type { Resources } from '../../common/model/resources.js';
import type { Ability } from '../../coordinator/scheduler/ability.js';
import { CapacityIndex } from '../../coordinator/scheduler/capacity-index.js';
import { demandOf } from '../../coordinator/scheduler/demand.js';
import type { Demand } from '../../coordinator/scheduler/demand.js';
import { sampleHost, sampleSpec } from './fleet-samples.js';

const MIB = 2 ** 20;

/** What a test says of a host; the rest is ample. Memory in MiB, disk in GiB. */
export interface HostShape {
  readonly cpu?: number;
  readonly memory?: number;
  readonly disk?: number;
  readonly gpus?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly ports?: { readonly start: number; readonly end: number };
  readonly patch?: Partial<HostRecord>;
}

/** A ready host of the given size. */
export function placementHost(id: string, shape: HostShape = {}): HostRecord {
  const gpus = (shape.gpus ?? []).map((gpu) => ({ id: gpu, vendor: 'v', model: 'm', memoryBytes: 0 }));
  const base = sampleHost(id);
  return {
    ...base,
    agentLabels: shape.labels ?? {},
    description: { ...base.description, gpus },
    claimed: {
      cpuMillis: shape.cpu ?? 64_000,
      memoryBytes: (shape.memory ?? 65_536) * MIB,
      diskBytes: (shape.disk ?? 1024) * 1024 * MIB,
      gpus: gpus.length,
    },
    portRange: shape.ports ?? base.portRange,
    ...shape.patch,
  };
}

/** What a test says of a demand; it asks for 1 CPU, 512 MiB and no disk when left out. Memory in MiB, disk in GiB. */
export interface DemandShape {
  readonly miner?: string;
  readonly cpu?: number;
  readonly memory?: number;
  readonly disk?: number;
  readonly gpus?: number;
  /** Host ports, 0 for automatic; tcp. */
  readonly ports?: readonly number[];
  readonly udpPorts?: readonly number[];
  /** What it asks of the agent of its host. */
  readonly asks?: Ability;
  readonly spec?: Partial<MinerSpec>;
}

/** The spec of a miner that asks for what the shape says. */
export function placementSpec(shape: DemandShape = {}): MinerSpec {
  const spec = sampleSpec({ name: shape.miner ?? 'alpha', ...shape.spec });
  const ports = [...portsOf('tcp', shape.ports), ...portsOf('udp', shape.udpPorts)];
  return { ...spec, resources: { ...resourcesOf(shape), pids: 0 }, container: { ...spec.container, ports } };
}

/** A demand as the scheduler makes it of such a spec. */
export function placementDemand(shape: DemandShape = {}): Demand {
  const spec = placementSpec(shape);
  const { resources, identity, container } = spec;
  return demandOf({ miner: spec.name, resources, identity, ports: container.ports, asks: shape.asks ?? '' }, spec);
}

/** An index over the given hosts. */
export function indexOf(...hosts: readonly HostRecord[]): CapacityIndex {
  const index = new CapacityIndex();
  for (const host of hosts) index.upsertHost(host);
  return index;
}

/** All that an index counts, as plain values that can be compared; handles and cursors are left out. */
export function countedIn(index: CapacityIndex): unknown {
  const hosts = [...index.hosts()].map((handle) => {
    const entry = index.entry(handle);
    const { freeCpu, freeMemory, freeDisk, freeGpus, totalCpu, totalMemory, totalDisk, totalGpus, standing } =
      index.columns;
    return {
      id: entry.id,
      attributes: entry.attributes,
      columns: [freeCpu, freeMemory, freeDisk, freeGpus, totalCpu, totalMemory, totalDisk, totalGpus, standing].map(
        (column) => column[handle],
      ),
      gpus: [...entry.usedGpus].sort(),
      ports: [entry.ports.taken('tcp'), entry.ports.taken('udp')],
      inRange: [entry.ports.freeInRange('tcp'), entry.ports.freeInRange('udp')],
      instances: entry.instances,
      miners: [...index.counts.miners()]
        .map((miner) => [miner, index.counts.on(miner, handle)])
        .filter(([, count]) => count !== 0)
        .sort(),
    };
  });
  return hosts.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function resourcesOf(shape: DemandShape): Resources {
  return {
    cpuMillis: shape.cpu ?? 1000,
    memoryBytes: (shape.memory ?? 512) * MIB,
    diskBytes: (shape.disk ?? 0) * 1024 * MIB,
    gpus: shape.gpus ?? 0,
  };
}

function portsOf(protocol: 'tcp' | 'udp', hostPorts: readonly number[] = []): PortSpec[] {
  return hostPorts.map((hostPort, at) => ({
    name: `${protocol}${String(at)}`,
    containerPort: 1000 + at,
    protocol,
    hostPort,
  }));
}
