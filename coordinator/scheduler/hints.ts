import type { CapacityIndex } from './capacity-index.js';
import type { Demand } from './demand.js';
import { leftOutBy, roomAfter } from './fit.js';
import type { Run } from './strategy.js';

/** Hosts at which the next instances of a miner are wanted, where they fit; kept in memory by whoever moves instances. */
export class PlacementHints {
  readonly #byMiner = new Map<string, string[]>();

  /** Asks that one instance of the miner goes to the host. */
  add(miner: string, hostId: string): void {
    const hosts = this.#byMiner.get(miner);
    if (hosts === undefined) this.#byMiner.set(miner, [hostId]);
    else hosts.push(hostId);
  }

  /** Takes one such wish back; nothing happens when it was followed already. */
  withdraw(miner: string, hostId: string): void {
    const hosts = this.#byMiner.get(miner);
    const at = hosts?.indexOf(hostId) ?? -1;
    if (hosts === undefined || at < 0) return;
    hosts.splice(at, 1);
    if (hosts.length === 0) this.#byMiner.delete(miner);
  }

  /** Reserves up to `limit` copies where they are wanted and fit. Each wish is tried once. */
  place(index: CapacityIndex, demand: Demand, limit: number): Run[] {
    const hosts = this.#byMiner.get(demand.miner);
    if (hosts === undefined) return [];
    const tried = hosts.splice(0, limit);
    if (hosts.length === 0) this.#byMiner.delete(demand.miner);
    return tried.flatMap((hostId) => placeOn(index, demand, hostId) ?? []);
  }
}

function placeOn(index: CapacityIndex, demand: Demand, hostId: string): Run | undefined {
  const host = index.handleOf(hostId);
  if (host === undefined || leftOutBy(index, demand, host) !== undefined) return undefined;
  const grant = index.reserve(host, demand, 1);
  return { host, count: 1, ...grant, share: 1 - roomAfter(index.columns, demand, host, 0), compared: 1, wanted: true };
}
