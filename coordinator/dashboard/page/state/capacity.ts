import type { FleetMirror } from './fleet-mirror.js';
import type { ResourcesJson } from './wire.js';

/** Amounts as numbers: bytes beyond 2^53 are no amounts that anybody tells apart. */
export interface Amounts {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly gpus: number;
}

/** What hosts that are there offer, and what of it is given. */
export interface Capacity {
  readonly allocatable: Amounts;
  readonly allocated: Amounts;
}

/** The sum over all hosts but those that are lost. Pure. */
export function capacityOf({ hosts }: Pick<FleetMirror, 'hosts'>): Capacity {
  const there = [...hosts.values()].filter(({ state }) => state !== 'HOST_STATE_LOST');
  return {
    allocatable: sumOf(there.map(({ allocatable }) => allocatable)),
    allocated: sumOf(there.map(({ allocated }) => allocated)),
  };
}

/** Amounts as they come, as numbers. Pure. */
export function amountsOf(resources: ResourcesJson | undefined): Amounts {
  const { cpuMillis = 0, memoryBytes = 0, diskBytes = 0, gpus = 0 } = resources ?? {};
  return { cpuMillis, memoryBytes: Number(memoryBytes), diskBytes: Number(diskBytes), gpus };
}

function sumOf(all: readonly (ResourcesJson | undefined)[]): Amounts {
  const sum = { cpuMillis: 0, memoryBytes: 0, diskBytes: 0, gpus: 0 };
  for (const amounts of all.map(amountsOf)) {
    sum.cpuMillis += amounts.cpuMillis;
    sum.memoryBytes += amounts.memoryBytes;
    sum.diskBytes += amounts.diskBytes;
    sum.gpus += amounts.gpus;
  }
  return sum;
}
