import type { CapacityIndex, Grant } from './capacity-index.js';
import type { Demand } from './demand.js';
import type { Random } from './sampler.js';

/** Copies of one demand on one host, chosen together. */
export interface Run extends Grant {
  /** Handle of the host. */
  readonly host: number;
  readonly count: number;
  /** Dominant share of the host once it holds them, from 0 to 1. */
  readonly share: number;
  /** Fitting hosts that were compared. */
  readonly compared: number;
  /** Set when the host was asked for rather than compared. */
  readonly wanted?: true;
}

/** What a strategy works on; it reserves in the index what it places. */
export interface Task {
  readonly index: CapacityIndex;
  readonly demand: Demand;
  /** Copies to place. */
  readonly count: number;
  readonly random: Random;
  readonly runs: Run[];
}

/** Reserves copies on a host that takes them, and notes the run. */
export function settle(task: Task, host: number, count: number, chosen: Pick<Run, 'share' | 'compared'>): void {
  const { hostPorts, gpuIds } = task.index.reserve(host, task.demand, count);
  task.runs.push({ host, count, hostPorts, gpuIds, share: chosen.share, compared: chosen.compared });
}

/** What each of a run's instances is given; undefined when none is given any. */
export function shares<T>(given: readonly T[], each: number, serials: readonly number[]): (readonly T[])[] | undefined {
  return each === 0 ? undefined : serials.map((_, at) => given.slice(at * each, (at + 1) * each));
}
