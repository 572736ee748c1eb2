import type { HostRecord } from '../../../common/model/host.js';
import type { Demand } from '../../../coordinator/scheduler/demand.js';
import { placementDemand, placementHost } from '../../support/placement-samples.js';
import { between } from '../../support/seeded-random.js';
import type { Random } from '../../support/seeded-random.js';

const MIB = 2 ** 20;
const CLASSES = 16;
const ALL_CLASSES = 2 ** CLASSES - 1;
/** What a host of size 1 has, for about a hundred instances: CPU is almost, memory never, as scarce as disk. */
const SIZE_1 = { cpu: 36_500, memory: 119_000, disk: 1_085 } as const;
const SIZES = [0.5, 1, 1.5] as const;
/** An instance that fits no more is drawn so often until a host counts as full. */
const MISSES = 8;

/** A miner of the workload; memory in MiB, disk in GiB. */
export interface PlantedMiner {
  readonly demand: Demand;
  readonly cpu: number;
  readonly memory: number;
  readonly disk: number;
  /** The classes of hosts it may go to, a bit each. */
  readonly classes: number;
  count: number;
}

/** Hosts, and miners whose instances were cut out of them: a perfect packer places all. */
export interface PlantedFleet {
  readonly hosts: readonly HostRecord[];
  readonly hostClasses: readonly number[];
  readonly miners: readonly PlantedMiner[];
  readonly instances: number;
  /** Demand of the tightest resource as a share of what all hosts have. */
  readonly demand: number;
}

interface Use {
  cpu: number;
  memory: number;
  disk: number;
}

/**
 * Plants a fleet: hosts of three sizes in sixteen classes; of the miners 60 % go anywhere, 30 % to half of the classes,
 * 10 % to one or two; ten priorities; every fourth with a port. The hosts are then sized so that the tightest resource is
 * in demand by the share asked for.
 */
export function plant(wanted: { hosts: number; miners: number; demand: number }, random: Random): PlantedFleet {
  const miners = Array.from({ length: wanted.miners }, (_, at) => drawMiner(at, random));
  const byClass = Array.from({ length: CLASSES }, (_, at) => miners.filter(({ classes }) => (classes >> at) & 1));
  const used: Use = { cpu: 0, memory: 0, disk: 0 };
  const sizes = Array.from({ length: wanted.hosts }, (_, at) => SIZES[at % SIZES.length] ?? 1);
  const hostClasses = sizes.map((_, at) => (at * 7) % CLASSES);
  sizes.forEach((size, at) => {
    fill(size, byClass[hostClasses[at] ?? 0] ?? miners, used, random);
  });
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const share = Math.max(used.cpu / SIZE_1.cpu, used.memory / SIZE_1.memory, used.disk / SIZE_1.disk) / total;
  const hosts = sizes.map((size, at) => host(at, (size * share) / wanted.demand, hostClasses[at] ?? 0));
  const instances = miners.reduce((sum, { count }) => sum + count, 0);
  return { hosts, hostClasses, miners, instances, demand: wanted.demand };
}

function drawMiner(at: number, random: Random): PlantedMiner {
  const needs = { cpu: 100 * between(random, 1, 6), memory: 64 * between(random, 1, 24), disk: between(random, 1, 20) };
  const classes = drawClasses(random);
  const values = Array.from({ length: CLASSES }, (_, bit) => bit).filter((bit) => (classes >> bit) & 1);
  const constraint = {
    attribute: 'labels.class',
    operator: 'in' as const,
    values: values.map((bit) => `c${String(bit)}`),
  };
  const spec = { priority: 50 + 100 * (at % 10), constraints: classes === ALL_CLASSES ? [] : [constraint] };
  const ports = at % 4 === 0 ? [0] : [];
  return {
    demand: placementDemand({ miner: `miner-${String(at)}`, ...needs, ports, spec }),
    ...needs,
    classes,
    count: 0,
  };
}

function drawClasses(random: Random): number {
  const kind = random();
  if (kind < 0.6) return ALL_CLASSES;
  const wanted = kind < 0.9 ? CLASSES / 2 : between(random, 1, 2);
  const classes = new Set<number>();
  while (classes.size < wanted) classes.add(between(random, 0, CLASSES - 1));
  return [...classes].reduce((mask, bit) => mask | (1 << bit), 0);
}

function fill(size: number, miners: readonly PlantedMiner[], used: Use, random: Random): void {
  const left = { cpu: SIZE_1.cpu * size, memory: SIZE_1.memory * size, disk: SIZE_1.disk * size };
  for (let misses = 0; misses < MISSES;) {
    const miner = miners[between(random, 0, miners.length - 1)];
    if (miner === undefined || miner.cpu > left.cpu || miner.memory > left.memory || miner.disk > left.disk)
      misses += 1;
    else {
      miner.count += 1;
      for (const resource of ['cpu', 'memory', 'disk'] as const) {
        left[resource] -= miner[resource];
        used[resource] += miner[resource];
      }
    }
  }
}

function host(at: number, size: number, hostClass: number): HostRecord {
  const claimed = {
    cpuMillis: Math.floor(SIZE_1.cpu * size),
    memoryBytes: Math.floor(SIZE_1.memory * size) * MIB,
    diskBytes: Math.floor(SIZE_1.disk * 1024 * size) * MIB,
    gpus: 0,
  };
  const labels = { class: `c${String(hostClass)}` };
  return placementHost(`host-${String(at)}`, { labels, ports: { start: 20_000, end: 29_999 }, patch: { claimed } });
}
