import type { CapacityIndex } from './capacity-index.js';
import type { Demand } from './demand.js';
import type { Candidates } from './feasibility.js';
import { copiesThatFit, roomAfter } from './fit.js';

/** Randomness as an argument: a number from 0 up to, but not including, 1. */
export type Random = () => number;

/**
 * Four random hosts and chunks of eight place 48 million a second and, unlike best fit, strand nothing; more probes cost
 * more than they gain.
 */
const PROBES = 4;

/**
 * Where the best host found would be this full, more are looked at: levelled well, a full fleet takes 0.5 % more of a
 * mixed demand.
 */
const TIGHT_ROOM = 0.15;
const TIGHT_PROBES = 12;

/** A tier this small is looked at whole: it costs no more than sampling and levels exactly. */
const SMALL_TIER = 2 * PROBES;

interface Pool {
  readonly bonus: number;
  hosts: Int32Array;
  /** Hosts in use; those beyond were found full. */
  length: number;
  /** Every host was looked at once, and full ones leave: nothing found means that nothing fits. */
  narrowed: boolean;
}

/**
 * Finds the host with the least dominant share among a few random candidates. Once nothing is found, `narrow` looks at
 * every host once, so that nothing found from then on means that nothing fits.
 */
export class Sampler {
  readonly #index: CapacityIndex;
  readonly #demand: Demand;
  readonly #random: Random;
  readonly #pools: Pool[];
  #best = -1;
  #bestScore = 0;
  /** Dominant share of the host picked last, once it holds the copies. */
  share = 0;
  /** Fitting hosts that were compared for the last pick. */
  compared = 0;

  constructor(index: CapacityIndex, demand: Demand, candidates: Pick<Candidates, 'tiers'>, random: Random) {
    this.#index = index;
    this.#demand = demand;
    this.#random = random;
    this.#pools = candidates.tiers.map(({ bonus, hosts }) => ({
      bonus,
      hosts,
      length: hosts.length,
      narrowed: false,
    }));
  }

  /** The handle of a host that takes `copies`, or -1. */
  pick(copies: number): number {
    this.#best = -1;
    this.compared = 0;
    for (const pool of this.#pools) {
      const before = this.compared;
      if (pool.length <= SMALL_TIER) this.#probeAll(pool, copies);
      else this.#probeSome(pool, copies);
      // A better tier with room must not be missed by chance: the next tier is less than what was asked for.
      if (this.compared === before && copies === 1 && this.#pools.length > 1 && this.#narrowPool(pool))
        this.#probeSome(pool, copies);
    }
    return this.#best;
  }

  /** Looks at every host once and keeps those that take one copy; false when that had been done, so that none is left. */
  narrow(): boolean {
    const narrowed = this.#pools.map((pool) => this.#narrowPool(pool));
    return narrowed.includes(true);
  }

  #narrowPool(pool: Pool): boolean {
    if (pool.narrowed) return false;
    pool.narrowed = true;
    pool.hosts = pool.hosts.filter((host) => copiesThatFit(this.#index, this.#demand, host, 1) === 1);
    pool.length = pool.hosts.length;
    return true;
  }

  #probeAll(pool: Pool, copies: number): void {
    // Backwards, as a full host's place is taken by the last.
    for (let at = pool.length - 1; at >= 0; at -= 1) this.#consider(pool, at, copies);
  }

  #probeSome(pool: Pool, copies: number): void {
    let wanted = PROBES;
    for (let probe = 0; probe < wanted && pool.length > 0;) {
      const at = Math.floor(this.#random() * pool.length);
      if (this.#consider(pool, at, copies) || !pool.narrowed) probe += 1;
      if (probe === PROBES && this.#best >= 0 && 1 - this.share < TIGHT_ROOM) wanted = TIGHT_PROBES;
    }
  }

  #consider(pool: Pool, at: number, copies: number): boolean {
    const host = pool.hosts[at] ?? -1;
    const room = roomAfter(this.#index.columns, this.#demand, host, copies);
    if (room < 0 || (!this.#demand.plain && copiesThatFit(this.#index, this.#demand, host, copies) < copies)) {
      if (pool.narrowed) pool.hosts[at] = pool.hosts[(pool.length -= 1)] ?? -1;
      return false;
    }
    this.compared += 1;
    const score = room + pool.bonus;
    if (this.#best < 0 || score > this.#bestScore) {
      this.#best = host;
      this.#bestScore = score;
      this.share = 1 - room;
    }
    return true;
  }
}
