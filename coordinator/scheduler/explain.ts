import type { Why } from '../../common/model/event.js';
import type { ReportedPlotFolder } from '../../common/model/plot-folder.js';
import { instanceId } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import { formatBytes, formatCpu } from '../../common/model/units.js';
import type { CapacityIndex } from './capacity-index.js';
import type { Demand } from './demand.js';
import { FILTERS, leftOutBy } from './fit.js';
import type { Filter } from './fit.js';
import type { ResourceColumn } from './host-columns.js';
import { disksWithPlots } from './plot-affinity.js';
import type { Run } from './strategy.js';

/** A why without its time. */
export type Explanation = Omit<Why, 'atMs'>;

interface Shortage {
  readonly resource: 'cpuMillis' | 'memoryBytes' | 'diskBytes' | 'gpus';
  readonly free: ResourceColumn;
  readonly total: ResourceColumn;
  readonly name: string;
  readonly format: (amount: number) => string;
}

const SHORTAGES: Partial<Record<Filter, Shortage>> = {
  insufficient_cpu: {
    resource: 'cpuMillis',
    free: 'freeCpu',
    total: 'totalCpu',
    name: 'CPU',
    format: (amount) => `${formatCpu(amount)} CPU`,
  },
  insufficient_memory: {
    resource: 'memoryBytes',
    free: 'freeMemory',
    total: 'totalMemory',
    name: 'memory',
    format: formatBytes,
  },
  insufficient_disk: { resource: 'diskBytes', free: 'freeDisk', total: 'totalDisk', name: 'disk', format: formatBytes },
  insufficient_gpus: {
    resource: 'gpus',
    free: 'freeGpus',
    total: 'totalGpus',
    name: 'GPUs',
    format: (amount) => `${String(amount)} GPU`,
  },
};

const WORDS: Partial<Record<Filter, string>> = {
  host_not_ready: 'not ready',
  host_cordoned: 'cordoned or draining',
  host_condition: 'with something wrong',
  host_cannot_build: 'that cannot build images of modules',
  host_cannot_lease: 'that keep no leases',
  host_without_plots: 'without a plot in the folders of the miner',
  constraint_unmet: 'not meeting the constraints',
  insufficient_verified: 'with too little free of what they have proven',
  port_taken: 'with a fixed port taken',
  port_range_full: 'without a free port',
  per_host_cap: 'at the cap per host',
};

/** Hosts by the first filter that leaves each out. */
interface Tally {
  readonly hosts: number;
  readonly leftOut: ReadonlyMap<Filter, readonly number[]>;
}

/** Why one more instance fits nowhere: exact counts by filter, the most telling figure in words. Undefined when a host takes it. */
export function explain(index: CapacityIndex, demand: Demand): Explanation | undefined {
  const tally = tallyHosts(index, demand);
  if (tally === undefined) return undefined;
  const filters = FILTERS.map((reason) => ({ reason, hosts: tally.leftOut.get(reason)?.length ?? 0 }));
  return { ...summary(index, demand, tally), filters: filters.filter(({ hosts }) => hosts > 0) };
}

/** Why an instance waits whose exclusive identity is live elsewhere. */
export function explainIdentity(identity: string, holder: InstanceRecord | undefined, hostName: string): Explanation {
  const where =
    holder === undefined ? 'is just being placed' : `${instanceId(holder.miner, holder.serial)} on ${hostName}`;
  return { reason: 'identity_in_use', text: `identity ${identity} is held: ${where}`, filters: [] };
}

/** Why an instance waits that has not had its turn. */
export const QUEUED: Explanation = Object.freeze({
  reason: 'queued',
  text: 'waits for its turn in the scheduler',
  filters: [],
});

/** Why an instance went where it went; a space miner's tells on how many disks its plots are there. */
export function explainRun(demand: Demand, run: Run, plotFolders?: readonly ReportedPlotFolder[]): string {
  const text = explainChoice(demand, run);
  if (demand.plotFolders.length === 0) return text;
  const disks = disksWithPlots(plotFolders, demand.plotFolders);
  if (disks === undefined) return `${text}; its agent reports no folders of plots`;
  return `${text}; its plots are on ${String(disks)} ${disks === 1 ? 'disk' : 'disks'} there`;
}

function explainChoice(demand: Demand, { share, compared, wanted }: Run): string {
  const percent = `${String(Math.round(share * 100))} %`;
  if (wanted === true) return `the host that a rebalance chose, dominant share ${percent}`;
  const candidates = `${String(compared)} ${compared === 1 ? 'candidate' : 'candidates'}`;
  switch (demand.strategy.kind) {
    case 'balance':
      return `least dominant share, ${percent}, of ${candidates}`;
    case 'consolidate':
      return `fullest of ${candidates}, dominant share ${percent}`;
    case 'spread': {
      const over = demand.strategy.spreadBy === '' ? 'hosts' : `label ${demand.strategy.spreadBy}`;
      return `spread over ${over}, dominant share ${percent}, of ${candidates}`;
    }
  }
}

function tallyHosts(index: CapacityIndex, demand: Demand): Tally | undefined {
  const leftOut = new Map<Filter, number[]>();
  let hosts = 0;
  for (const handle of index.hosts()) {
    const filter = leftOutBy(index, demand, handle);
    if (filter === undefined) return undefined;
    hosts += 1;
    const list = leftOut.get(filter);
    if (list === undefined) leftOut.set(filter, [handle]);
    else list.push(handle);
  }
  return { hosts, leftOut };
}

function summary(index: CapacityIndex, demand: Demand, tally: Tally): Pick<Explanation, 'reason' | 'text'> {
  if (tally.hosts === 0) return { reason: 'no_hosts', text: 'no host has joined the fleet' };
  const of = `0 of ${String(tally.hosts)} ${tally.hosts === 1 ? 'host fits' : 'hosts fit'}`;
  const impossible = impossibility(index, demand);
  if (impossible !== undefined)
    return { reason: 'impossible_resources', text: `${of}, even when empty: ${impossible}` };
  // Most hosts first: that is where help is nearest.
  const sorted = [...tally.leftOut].sort(([, a], [, b]) => b.length - a.length);
  const clauses = sorted.map(([filter, hosts]) => clause(index, demand, filter, hosts));
  return { reason: reasonOf(tally), text: `${of}: ${clauses.join(', ')}` };
}

/** What can change soonest names the reason: capacity before constraints, constraints before the state of hosts. */
function reasonOf({ leftOut }: Tally): string {
  const present = FILTERS.filter((filter) => leftOut.has(filter));
  const capacity = present.filter((filter) => FILTERS.indexOf(filter) > FILTERS.indexOf('constraint_unmet'));
  if (capacity.length > 1) return 'no_host_fits';
  if (capacity[0] !== undefined) return capacity[0];
  if (leftOut.has('constraint_unmet')) return 'constraint_unmet';
  if (leftOut.has('host_without_plots')) return 'host_without_plots';
  if (leftOut.has('host_cannot_build')) return 'host_cannot_build';
  if (leftOut.has('host_cannot_lease')) return 'host_cannot_lease';
  if (leftOut.has('host_not_ready')) return 'no_ready_hosts';
  return leftOut.has('host_condition') ? 'host_condition' : 'host_cordoned';
}

function clause(index: CapacityIndex, demand: Demand, filter: Filter, hosts: readonly number[]): string {
  const count = String(hosts.length);
  const shortage = SHORTAGES[filter];
  if (shortage === undefined) return `${count} ${WORDS[filter] ?? filter}`;
  const best = largest(index.columns[shortage.free], hosts);
  const most = `${shortage.format(Math.max(0, best.amount))} on ${index.entry(best.handle).attributes.name}`;
  const verb = hosts.length === 1 ? 'lacks' : 'lack';
  return `${count} ${verb} ${shortage.name} (needs ${shortage.format(demand[shortage.resource])}, most free ${most})`;
}

/** What no host that meets the constraints has, be it ready or not; undefined when an empty one would do or none meets them. */
function impossibility(index: CapacityIndex, demand: Demand): string | undefined {
  const hosts = [...index.hosts()].filter((handle) => index.feasibility.allows(demand, handle));
  if (hosts.length === 0) return undefined;
  if (hosts.some((handle) => fitsEmpty(index, demand, handle))) return undefined;
  for (const { resource, total, format } of Object.values(SHORTAGES)) {
    const best = largest(index.columns[total], hosts);
    if (best.amount >= demand[resource]) continue;
    return `needs ${format(demand[resource])}, most is ${format(best.amount)} on ${index.entry(best.handle).attributes.name}`;
  }
  return 'no single host has enough of everything';
}

function fitsEmpty(index: CapacityIndex, demand: Demand, handle: number): boolean {
  const { rangeSize } = index.entry(handle).ports;
  const { tcp, udp } = demand.automaticPorts;
  const shortages = Object.values(SHORTAGES);
  return (
    shortages.every(({ resource, total }) => demand[resource] <= (index.columns[total][handle] ?? 0)) &&
    Math.max(tcp, udp) <= rangeSize
  );
}

function largest(column: Float64Array, handles: readonly number[]): { handle: number; amount: number } {
  let best = { handle: handles[0] ?? -1, amount: Number.NEGATIVE_INFINITY };
  for (const handle of handles) if ((column[handle] ?? 0) > best.amount) best = { handle, amount: column[handle] ?? 0 };
  return best;
}
