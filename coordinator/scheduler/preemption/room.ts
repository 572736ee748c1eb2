import type { CapacityIndex, Grant } from '../capacity-index.js';
import type { Demand } from '../demand.js';
import type { PortProtocol } from '../port-space.js';
import type { Provable } from '../proven.js';

/** What one instance of a demand would find on a host; changed by those who would come and go. */
export interface Room {
  cpu: number;
  memory: number;
  disk: number;
  gpus: number;
  tcp: number;
  udp: number;
  /** Instances of the demand's own miner. */
  ofMiner: number;
  /** How many stand in the way of each fixed port that the demand asks for. */
  readonly taken: Map<string, number>;
  /** How many have each port of the managed range that one holds and another has booked: it counts once for both. */
  readonly shared: Map<string, Shared>;
}

interface Shared {
  readonly protocol: PortProtocol;
  owners: number;
}

/** What a tenant gives back when it goes, as far as a demand can see. */
export interface Relief {
  readonly cpu: number;
  readonly memory: number;
  readonly disk: number;
  readonly gpus: number;
  readonly tcp: number;
  readonly udp: number;
  readonly ofMiner: number;
  /** Fixed ports of the demand that it holds. */
  readonly ports: readonly string[];
  /** Ports of the managed range that are free only once another one has gone as well. */
  readonly shared: readonly (readonly [PortProtocol, string])[];
}

/** What an instance takes up on a host: what it was given, or, for one to come, what is kept for it. */
export interface Occupant {
  readonly demand: Demand;
  /** Undefined for one that is to come. */
  readonly grant: Grant | undefined;
}

/** The room on a host as it is; `reliefs` are those of all that are there. */
export function roomOn(index: CapacityIndex, handle: number, demand: Demand, reliefs: readonly Relief[]): Room {
  const { columns } = index;
  const { ports, unproven } = index.entry(handle);
  const kept = (name: Provable): number => (demand.proven.includes(name) ? unproven[name] : 0);
  const taken = new Map<string, number>();
  for (const { protocol, hostPort } of demand.fixedPorts) {
    const key = portKey(protocol, hostPort);
    const holders = reliefs.filter((relief) => relief.ports.includes(key)).length;
    // Who is being placed this very moment is nobody's occupant yet.
    if (ports.isTaken(protocol, hostPort)) taken.set(key, Math.max(1, holders));
  }
  return {
    cpu: (columns.freeCpu[handle] ?? 0) - kept('cpuMillis'),
    memory: (columns.freeMemory[handle] ?? 0) - kept('memoryBytes'),
    disk: (columns.freeDisk[handle] ?? 0) - kept('diskBytes'),
    gpus: columns.freeGpus[handle] ?? 0,
    tcp: columns.freeTcp[handle] ?? 0,
    udp: columns.freeUdp[handle] ?? 0,
    ofMiner: index.counts.on(demand.miner, handle),
    taken,
    shared: sharedBy(reliefs),
  };
}

/** What `demand` would gain on a host if an occupant went. */
export function reliefOf(
  index: CapacityIndex,
  handle: number,
  demand: Demand,
  { demand: held, grant }: Occupant,
): Relief {
  const { ports, gpuIds } = index.entry(handle);
  const taken: string[] = [];
  const shared: [PortProtocol, string][] = [];
  const relief = { tcp: 0, udp: 0, ports: taken, shared };
  if (demand.ports.length > 0)
    held.ports.forEach(({ protocol, hostPort }, at) => {
      const port = grant === undefined ? hostPort : (grant.hostPorts[at] ?? hostPort);
      if (port === 0) relief[protocol] += 1;
      else if (ports.inRange(port)) {
        const isShared = ports.isBooked(protocol, port) && ports.isHeld(protocol, port);
        if (isShared) shared.push([protocol, portKey(protocol, port)]);
        else relief[protocol] += 1;
      }
      if (demand.fixedPorts.some((fixed) => fixed.protocol === protocol && fixed.hostPort === port))
        taken.push(portKey(protocol, port));
    });
  return {
    cpu: held.cpuMillis,
    memory: held.memoryBytes,
    disk: held.diskBytes,
    gpus: grant === undefined ? held.gpus : grant.gpuIds.filter((id) => gpuIds.includes(id)).length,
    ofMiner: held.miner === demand.miner ? 1 : 0,
    ...relief,
  };
}

/** Lets an occupant go (`by` 1) or stay after all (-1). */
export function shift(room: Room, relief: Relief, by: 1 | -1): void {
  room.cpu += relief.cpu * by;
  room.memory += relief.memory * by;
  room.disk += relief.disk * by;
  room.gpus += relief.gpus * by;
  room.tcp += relief.tcp * by;
  room.udp += relief.udp * by;
  room.ofMiner -= relief.ofMiner * by;
  for (const key of relief.ports) room.taken.set(key, (room.taken.get(key) ?? 0) - by);
  for (const [, key] of relief.shared) {
    const shared = room.shared.get(key);
    if (shared === undefined) continue;
    if (shared.owners === (by === 1 ? 1 : 0)) room[shared.protocol] += by;
    shared.owners -= by;
  }
}

/** What a room lacks to take one instance; empty when it fits. */
export function lacks(index: CapacityIndex, handle: number, demand: Demand, room: Room): Lack[] {
  const cap = demand.strategy.perHostCap;
  const found = [
    { name: 'cpu' as const, amount: short(demand.cpuMillis, room.cpu) },
    { name: 'memory' as const, amount: short(demand.memoryBytes, room.memory) },
    { name: 'disk' as const, amount: short(demand.diskBytes, room.disk) },
    { name: 'gpus' as const, amount: short(demand.gpus, room.gpus) },
    { name: 'ofMiner' as const, amount: cap === 0 ? 0 : Math.max(0, room.ofMiner + 1 - cap) },
    ...(demand.ports.length === 0 ? [] : portLacks(index, handle, demand, room)),
  ];
  return found.filter(({ amount }) => amount > 0);
}

/** What may be lacking. */
export type Measure = 'cpu' | 'memory' | 'disk' | 'gpus' | 'tcp' | 'udp' | 'ofMiner' | 'port';

/** One thing that is lacking. */
export interface Lack {
  readonly name: Measure;
  readonly amount: number;
  /** Which fixed port. */
  readonly key?: string;
}

/** How much of all that a room lacks a tenant would give: 1 for each thing that it gives in full. */
export function coverage(lacking: readonly Lack[], relief: Relief, room: Room): number {
  let sum = 0;
  for (const { name, amount, key } of lacking)
    if (name === 'port') sum += relief.ports.includes(key ?? '') ? 1 : 0;
    else sum += Math.min(1, (relief[name] + sharedOf(room, relief, name)) / amount);
  return sum;
}

/** Ports of the managed range that only this one still keeps from being free. */
function sharedOf(room: Room, { shared }: Relief, name: Measure): number {
  let ports = 0;
  for (const [protocol, key] of shared) if (protocol === name && room.shared.get(key)?.owners === 1) ports += 1;
  return ports;
}

function portLacks(index: CapacityIndex, handle: number, demand: Demand, room: Room): Lack[] {
  const { ports } = index.entry(handle);
  const { fixedPorts, automaticPorts } = demand;
  const missing = (protocol: PortProtocol): number => {
    const fixed = fixedPorts.filter((port) => port.protocol === protocol && ports.inRange(port.hostPort)).length;
    return short(automaticPorts[protocol] + fixed, room[protocol]);
  };
  return [
    ...[...room.taken].map(([key, holders]) => ({ name: 'port' as const, amount: Math.min(1, holders), key })),
    { name: 'tcp' as const, amount: missing('tcp') },
    { name: 'udp' as const, amount: missing('udp') },
  ];
}

/** What is not asked for is never lacking. */
function short(wanted: number, has: number): number {
  return wanted > 0 ? Math.max(0, wanted - has) : 0;
}

function sharedBy(reliefs: readonly Relief[]): Map<string, Shared> {
  const found = new Map<string, Shared>();
  for (const relief of reliefs)
    for (const [protocol, key] of relief.shared) {
      const shared = found.get(key);
      if (shared === undefined) found.set(key, { protocol, owners: 1 });
      else shared.owners += 1;
    }
  return found;
}

function portKey(protocol: string, port: number): string {
  return `${protocol} ${String(port)}`;
}
