import { conditionsOf } from '../../common/model/host.js';
import type { HostRecord } from '../../common/model/host.js';
import { allocatableResources, NO_RESOURCES } from '../../common/model/resources.js';
import type { Resources } from '../../common/model/resources.js';
import { attributesOf } from './constraint.js';
import type { Demand } from './demand.js';
import { Feasibility } from './feasibility.js';
import { HostClasses } from './host-classes.js';
import type { HostClass } from './host-classes.js';
import { HostColumns, STANDING, add, inverse, setTotal } from './host-columns.js';
import type { Standing } from './host-columns.js';
import { blankEntry, copyEntry, unusedGpus } from './host-entry.js';
import type { HostEntry } from './host-entry.js';
import { MinerCounts } from './miner-counts.js';
import { unprovenOf } from './proven.js';

/** What an instance was given beyond counted resources. */
export interface Grant {
  /** In the order of the demand's ports, instance after instance. */
  readonly hostPorts: readonly number[];
  /** Instance after instance. */
  readonly gpuIds: readonly string[];
}

const NOTHING: Grant = Object.freeze({ hostPorts: [], gpuIds: [] });

/**
 * What each host has, holds and has left. Hosts are known by handle: a small integer that stays while the host is in the
 * fleet or anything is held on it. What is reserved is counted exactly: a release restores what was before.
 */
export class CapacityIndex {
  readonly #classes = new HostClasses();
  readonly #entries: (HostEntry | undefined)[] = [];
  readonly #handles = new Map<string, number>();
  readonly #vacant: number[] = [];
  #columns = new HostColumns();
  #counts = new MinerCounts();
  #membership = 0;
  #totals: { readonly membership: number; readonly value: Resources } = { membership: -1, value: NO_RESOURCES };
  #version = 0;
  /** Which hosts a demand may go to at all. */
  readonly feasibility = new Feasibility(this);

  /** The columns, by handle; to be read only. */
  get columns(): HostColumns {
    return this.#columns;
  }

  /** Instances by miner and host; to be read only. */
  get counts(): MinerCounts {
    return this.#counts;
  }

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  /** Grows when hosts come, go or change, but not when instances do. */
  get membership(): number {
    return this.#membership;
  }

  /** What all open hosts together may allocate. */
  get totals(): Resources {
    if (this.#totals.membership !== this.#membership) {
      const { totalCpu, totalMemory, totalDisk, totalGpus, standing } = this.#columns;
      const open = [...this.#handles.values()].filter((handle) => standing[handle] === STANDING.open);
      const sum = (column: Float64Array): number => open.reduce((all, handle) => all + (column[handle] ?? 0), 0);
      const value = {
        cpuMillis: sum(totalCpu),
        memoryBytes: sum(totalMemory),
        diskBytes: sum(totalDisk),
        gpus: sum(totalGpus),
      };
      this.#totals = { membership: this.#membership, value };
    }
    return this.#totals.value;
  }

  /** The classes of the hosts in the fleet. */
  classes(): Iterable<HostClass> {
    return this.#classes.all();
  }

  /** Handles of the hosts in the fleet, whatever their state. */
  *hosts(): Iterable<number> {
    for (const handle of this.#handles.values()) if (this.#columns.standing[handle] !== STANDING.absent) yield handle;
  }

  /** The handle of a host in the fleet. */
  handleOf(id: string): number | undefined {
    const handle = this.#handles.get(id);
    return handle === undefined || this.#columns.standing[handle] === STANDING.absent ? undefined : handle;
  }

  /** What is known of a host; to be read only. Throws RangeError for a handle that was never given out. */
  entry(handle: number): HostEntry {
    const entry = this.#entries[handle];
    if (entry === undefined) throw new RangeError(`no host has handle ${String(handle)}`);
    return entry;
  }

  /** Takes in a new host or a host's changed record. */
  upsertHost(host: HostRecord): number {
    const handle = this.#ensure(host.id);
    const entry = this.entry(handle);
    if (entry.hostClass !== undefined) this.#classes.leave(handle, entry.hostClass);
    entry.attributes = attributesOf(host);
    entry.hostClass = this.#classes.join(handle, entry.attributes);
    entry.unproven = unprovenOf(host);
    entry.gpuIds = host.description.gpus.map((gpu) => gpu.id);
    entry.ports.setRange(host.portRange.start, host.portRange.end);
    this.#countPorts(handle);
    this.#columns.standing[handle] = standingOf(host);
    this.#setTotals(handle, allocatableResources(host.claimed, host.reserved));
    this.#changed(true);
    return handle;
  }

  /** Takes a host out; what is held on it stays counted until released. */
  removeHost(id: string): void {
    const handle = this.handleOf(id);
    if (handle === undefined) return;
    const entry = this.entry(handle);
    if (entry.hostClass !== undefined) this.#classes.leave(handle, entry.hostClass);
    entry.hostClass = undefined;
    this.#columns.standing[handle] = STANDING.absent;
    this.#setTotals(handle, { cpuMillis: 0, memoryBytes: 0, diskBytes: 0, gpus: 0 });
    this.#changed(true);
    this.#forgetIfIdle(handle);
  }

  /** Reserves `copies` on a host where they fit, and picks their ports and GPUs. Throws RangeError when these do not fit. */
  reserve(handle: number, demand: Demand, copies: number): Grant {
    const grant = demand.ports.length === 0 && demand.gpus === 0 ? NOTHING : this.#grant(handle, demand, copies);
    this.#add(handle, demand, copies);
    return grant;
  }

  /** Counts an instance, or copies without grants, that already have their place, fitting or not; answers the host's handle. */
  hold(hostId: string, demand: Demand, grant: Grant, copies = 1): number {
    const handle = this.#ensure(hostId);
    const entry = this.entry(handle);
    demand.ports.forEach(({ protocol }, at) => {
      const port = grant.hostPorts[at];
      if (port !== undefined) entry.ports.take(protocol, port);
    });
    for (const id of grant.gpuIds) entry.usedGpus.add(id);
    this.#add(handle, demand, copies);
    return handle;
  }

  /** Gives back what one instance held. */
  release(handle: number, demand: Demand, grant: Grant): void {
    const entry = this.entry(handle);
    demand.ports.forEach(({ protocol }, at) => {
      const port = grant.hostPorts[at];
      if (port !== undefined) entry.ports.release(protocol, port);
    });
    for (const id of grant.gpuIds) entry.usedGpus.delete(id);
    this.#add(handle, demand, -1);
    this.#forgetIfIdle(handle);
  }

  /** Counts one instance that is to come once others have gone; until then less than nothing may be free. */
  book(handle: number, demand: Demand): void {
    const { booked, ports } = this.entry(handle);
    booked.gpus += demand.gpus;
    booked.tcp += demand.automaticPorts.tcp;
    booked.udp += demand.automaticPorts.udp;
    for (const { protocol, hostPort } of demand.fixedPorts) ports.book(protocol, hostPort);
    this.#add(handle, demand, 1);
  }

  /** Keeps the fixed ports of one that is to come from everybody else while `fn` runs, and nothing more. */
  keepingPorts<T>(handle: number, demands: readonly Demand[], fn: () => T): T {
    const { ports } = this.entry(handle);
    const fixed = demands.flatMap(({ fixedPorts }) => fixedPorts);
    for (const { protocol, hostPort } of fixed) ports.book(protocol, hostPort);
    this.#countPorts(handle);
    const value = fn();
    for (const { protocol, hostPort } of fixed) ports.unbook(protocol, hostPort);
    this.#countPorts(handle);
    return value;
  }

  /** Gives back what was booked. */
  unbook(handle: number, demand: Demand): void {
    const { booked, ports } = this.entry(handle);
    booked.gpus -= demand.gpus;
    booked.tcp -= demand.automaticPorts.tcp;
    booked.udp -= demand.automaticPorts.udp;
    for (const { protocol, hostPort } of demand.fixedPorts) ports.unbook(protocol, hostPort);
    this.#add(handle, demand, -1);
    this.#forgetIfIdle(handle);
  }

  /** An independent copy, for asking what if. */
  copy(): CapacityIndex {
    const copy = new CapacityIndex();
    copy.#columns = this.#columns.copy();
    copy.#counts = this.#counts.copy();
    copy.#vacant.push(...this.#vacant);
    for (const [id, handle] of this.#handles) copy.#handles.set(id, handle);
    this.#entries.forEach((entry, handle) => {
      const joined = entry?.hostClass && copy.#classes.join(handle, entry.attributes);
      copy.#entries[handle] = entry && copyEntry(entry, joined);
    });
    return copy;
  }

  #ensure(id: string): number {
    const known = this.#handles.get(id);
    if (known !== undefined) return known;
    const handle = this.#vacant.pop() ?? this.#entries.length;
    this.#columns.ensure(handle + 1);
    this.#entries[handle] = blankEntry(id);
    this.#handles.set(id, handle);
    return handle;
  }

  #forgetIfIdle(handle: number): void {
    const entry = this.entry(handle);
    if (this.#columns.standing[handle] !== STANDING.absent || entry.instances > 0) return;
    this.#handles.delete(entry.id);
    this.#entries[handle] = undefined;
    this.#vacant.push(handle);
  }

  #add(handle: number, demand: Demand, copies: number): void {
    const columns = this.#columns;
    add(columns.freeCpu, handle, -demand.cpuMillis * copies);
    add(columns.freeMemory, handle, -demand.memoryBytes * copies);
    add(columns.freeDisk, handle, -demand.diskBytes * copies);
    const entry = this.entry(handle);
    entry.instances += copies;
    if (demand.gpus > 0) this.#countGpus(handle);
    if (demand.ports.length > 0) this.#countPorts(handle);
    this.#counts.add(demand.miner, handle, copies);
    this.#changed(false);
  }

  #grant(handle: number, demand: Demand, copies: number): Grant {
    const entry = this.entry(handle);
    const gpuIds = demand.gpus === 0 ? NOTHING.gpuIds : unusedGpus(entry).slice(0, demand.gpus * copies);
    if (gpuIds.length < demand.gpus * copies) throw new RangeError(`host ${entry.id} has too few free GPUs`);
    const hostPorts: number[] = [];
    // Fixed ports first: an automatic one must not take them.
    for (const { protocol, hostPort } of demand.ports) if (hostPort !== 0) entry.ports.take(protocol, hostPort);
    for (let copy = 0; copy < copies; copy += 1)
      for (const { protocol, hostPort } of demand.ports) {
        const port = hostPort === 0 ? entry.ports.takeNext(protocol) : hostPort;
        if (port === undefined) throw new RangeError(`host ${entry.id} has no free port left`);
        hostPorts.push(port);
      }
    for (const id of gpuIds) entry.usedGpus.add(id);
    return { hostPorts, gpuIds };
  }

  #setTotals(handle: number, total: Resources): void {
    const columns = this.#columns;
    setTotal(columns.freeCpu, columns.totalCpu, handle, total.cpuMillis);
    setTotal(columns.freeMemory, columns.totalMemory, handle, total.memoryBytes);
    setTotal(columns.freeDisk, columns.totalDisk, handle, total.diskBytes);
    columns.perCpu[handle] = inverse(total.cpuMillis);
    columns.perMemory[handle] = inverse(total.memoryBytes);
    columns.perDisk[handle] = inverse(total.diskBytes);
    columns.totalGpus[handle] = total.gpus;
    columns.perGpu[handle] = inverse(total.gpus);
    this.#countGpus(handle);
  }

  #countGpus(handle: number): void {
    const entry = this.entry(handle);
    const total = this.#columns.totalGpus[handle] ?? 0;
    // A GPU in use may have vanished from the report, and some may be reserved for the system.
    const unused = Math.min(total - entry.usedGpus.size, unusedGpus(entry).length);
    this.#columns.freeGpus[handle] = unused - entry.booked.gpus;
  }

  #countPorts(handle: number): void {
    const { ports, booked } = this.entry(handle);
    this.#columns.freeTcp[handle] = ports.freeInRange('tcp') - booked.tcp;
    this.#columns.freeUdp[handle] = ports.freeInRange('udp') - booked.udp;
  }

  #changed(membership: boolean): void {
    this.#version += 1;
    if (membership) this.#membership += 1;
  }
}

function standingOf(host: HostRecord): Standing {
  if (host.state !== 'ready') return STANDING.notReady;
  if (host.cordoned || host.draining) return STANDING.cordoned;
  return conditionsOf(host).length > 0 ? STANDING.ailing : STANDING.open;
}
