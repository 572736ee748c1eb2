import type { ReasonCode } from '../../common/model/reason.js';
import type { Ability } from './ability.js';
import type { CapacityIndex } from './capacity-index.js';
import type { Demand } from './demand.js';
import type { HostColumns } from './host-columns.js';
import { STANDING } from './host-columns.js';
import { mayScan } from './plot-affinity.js';
import type { PortProtocol } from './port-space.js';

/**
 * The filters in the order they are asked; a host counts for the first that leaves it out. Standing comes before
 * constraints, constraints before capacity, and of capacity what is asked for most often comes first.
 */
export const FILTERS = [
  'host_not_ready',
  'host_cordoned',
  'host_condition',
  'host_cannot_build',
  'host_cannot_lease',
  'host_without_plots',
  'constraint_unmet',
  'insufficient_cpu',
  'insufficient_memory',
  'insufficient_disk',
  'insufficient_gpus',
  'insufficient_verified',
  'port_taken',
  'port_range_full',
  'per_host_cap',
] as const satisfies readonly ReasonCode[];

/** A reason to leave a host out. */
export type Filter = (typeof FILTERS)[number];

const LACKING = { module_build: 'host_cannot_build', lease: 'host_cannot_lease' } as const satisfies Record<
  Ability,
  Filter
>;

/** The first filter that leaves a host out for one more instance; undefined when it fits. */
export function leftOutBy(index: CapacityIndex, demand: Demand, handle: number): Filter | undefined {
  const standing = index.columns.standing[handle];
  if (standing === STANDING.cordoned) return 'host_cordoned';
  if (standing === STANDING.ailing) return 'host_condition';
  if (standing !== STANDING.open) return 'host_not_ready';
  const { asks } = demand;
  if (asks !== '' && !index.entry(handle).attributes.abilities.includes(asks)) return LACKING[asks];
  if (!mayScan(index.entry(handle).attributes.plotFolders, demand.plotFolders)) return 'host_without_plots';
  if (!index.feasibility.allows(demand, handle)) return 'constraint_unmet';
  return lackingResource(index.columns, demand, handle) ?? refusal(index, demand, handle);
}

/** How many more copies of a demand a host takes, at most `limit`; looks neither at its standing nor at constraints. */
export function copiesThatFit(index: CapacityIndex, demand: Demand, handle: number, limit: number): number {
  const { freeCpu, freeMemory, freeDisk, freeGpus } = index.columns;
  let copies = Math.min(
    limit,
    timesIn(freeCpu[handle], demand.cpuMillis),
    timesIn(freeMemory[handle], demand.memoryBytes),
  );
  copies = Math.min(copies, timesIn(freeDisk[handle], demand.diskBytes));
  if (copies <= 0 || demand.plain) return Math.max(0, copies);
  copies = Math.min(copies, timesIn(freeGpus[handle], demand.gpus), copiesByPorts(index, demand, handle));
  if (demand.proven.length > 0) copies = Math.min(copies, provenCopies(index, demand, handle));
  const cap = demand.strategy.perHostCap;
  return Math.max(0, cap === 0 ? copies : Math.min(copies, cap - index.counts.on(demand.miner, handle)));
}

/**
 * The share of its scarcest resource that a host has left once it takes `copies` more, from 0 to 1; -1 when CPU, memory or
 * disk do not suffice. Its dominant share is 1 minus that. GPUs count only for those that ask for them.
 */
export function roomAfter(columns: HostColumns, demand: Demand, handle: number, copies: number): number {
  const cpu = at(columns.freeCpu, handle) - demand.cpuMillis * copies;
  const memory = at(columns.freeMemory, handle) - demand.memoryBytes * copies;
  const disk = at(columns.freeDisk, handle) - demand.diskBytes * copies;
  if ((cpu < 0 || memory < 0 || disk < 0) && lackingResource(columns, demand, handle, copies) !== undefined) return -1;
  const room = Math.min(
    shareOf(cpu, at(columns.perCpu, handle)),
    shareOf(memory, at(columns.perMemory, handle)),
    shareOf(disk, at(columns.perDisk, handle)),
    demand.gpus === 0 ? 1 : (at(columns.freeGpus, handle) - demand.gpus * copies) * at(columns.perGpu, handle),
  );
  return room < 0 ? 0 : room;
}

/** The dominant share that one copy takes of a host, of CPU, memory and disk. */
export function shareOfOne(columns: HostColumns, demand: Demand, handle: number): number {
  return Math.max(
    demand.cpuMillis * at(columns.perCpu, handle),
    demand.memoryBytes * at(columns.perMemory, handle),
    demand.diskBytes * at(columns.perDisk, handle),
  );
}

function at(column: Float64Array, handle: number): number {
  return column[handle] ?? 0;
}

/** A resource that a host has none of is no measure of how full it is. */
function shareOf(amount: number, perUnit: number): number {
  return perUnit > 0 ? amount * perUnit : 1;
}

function lackingResource(columns: HostColumns, demand: Demand, handle: number, copies = 1): Filter | undefined {
  if (lacks(columns.freeCpu[handle], demand.cpuMillis * copies)) return 'insufficient_cpu';
  if (lacks(columns.freeMemory[handle], demand.memoryBytes * copies)) return 'insufficient_memory';
  if (lacks(columns.freeDisk[handle], demand.diskBytes * copies)) return 'insufficient_disk';
  return undefined;
}

/** What is not asked for is never lacking, even on a host that shrank under what it holds. */
function lacks(free: number | undefined, wanted: number): boolean {
  return wanted > 0 && (free ?? 0) < wanted;
}

function refusal(index: CapacityIndex, demand: Demand, handle: number): Filter | undefined {
  if (demand.plain) return undefined;
  if (lacks(index.columns.freeGpus[handle], demand.gpus)) return 'insufficient_gpus';
  if (demand.proven.length > 0 && provenCopies(index, demand, handle) < 1) return 'insufficient_verified';
  const { ports } = index.entry(handle);
  if (demand.fixedPorts.some(({ protocol, hostPort }) => ports.isTaken(protocol, hostPort))) return 'port_taken';
  if (copiesByPorts(index, demand, handle) < 1) return 'port_range_full';
  const cap = demand.strategy.perHostCap;
  return cap > 0 && index.counts.on(demand.miner, handle) >= cap ? 'per_host_cap' : undefined;
}

/** How many copies fit into what of the host is proven, of what the demand wants proven. */
function provenCopies(index: CapacityIndex, demand: Demand, handle: number): number {
  const { unproven } = index.entry(handle);
  const { freeCpu, freeMemory, freeDisk } = index.columns;
  const free = { cpuMillis: freeCpu, memoryBytes: freeMemory, diskBytes: freeDisk };
  const copies = demand.proven.map((name) => timesIn(at(free[name], handle) - unproven[name], demand[name]));
  return Math.min(Number.MAX_SAFE_INTEGER, ...copies);
}

/** How many copies the host's ports allow; with a fixed port, one at most. */
function copiesByPorts(index: CapacityIndex, demand: Demand, handle: number): number {
  const { freeTcp, freeUdp } = index.columns;
  const { tcp, udp } = demand.automaticPorts;
  if (demand.fixedPorts.length === 0) return Math.min(timesIn(freeTcp[handle], tcp), timesIn(freeUdp[handle], udp));
  const { ports } = index.entry(handle);
  if (demand.fixedPorts.some(({ protocol, hostPort }) => ports.isTaken(protocol, hostPort))) return 0;
  const copies = (protocol: PortProtocol, free = 0, wanted = 0): number => {
    const fixed = demand.fixedPorts.filter((port) => port.protocol === protocol && ports.inRange(port.hostPort)).length;
    // Of the managed range some may be kept for instances to come, none of them in particular.
    return fixed > free && fixed > 0 ? 0 : timesIn(free - fixed, wanted);
  };
  return Math.min(1, copies('tcp', freeTcp[handle], tcp), copies('udp', freeUdp[handle], udp));
}

function timesIn(free: number | undefined, wanted: number): number {
  return wanted === 0 ? Number.MAX_SAFE_INTEGER : Math.max(0, Math.floor((free ?? 0) / wanted));
}
