import { balance } from './balance.js';
import type { CapacityIndex } from './capacity-index.js';
import { consolidate } from './consolidate.js';
import type { Demand } from './demand.js';
import type { Random } from './sampler.js';
import { spread } from './spread.js';
import type { Run, Task } from './strategy.js';

/** So many copies of one demand. */
export interface PlacementRequest {
  readonly demand: Demand;
  readonly count: number;
}

/** Where the copies of a request go. What is unplaced fits nowhere; `explain` tells why. */
export interface Placement {
  readonly request: PlacementRequest;
  readonly runs: readonly Run[];
  readonly unplaced: number;
}

const STRATEGIES = { balance, spread, consolidate } as const satisfies Record<string, (task: Task) => number>;

/** Places as many copies as fit and reserves them in the index. Exclusive identities are the caller's to check. */
export function place(index: CapacityIndex, request: PlacementRequest, random: Random): Placement {
  const { demand, count } = request;
  const runs: Run[] = [];
  const placed = STRATEGIES[demand.strategy.kind]({ index, demand, count, random, runs });
  return { request, runs, unplaced: count - placed };
}
