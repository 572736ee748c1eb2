import type { Sketch } from '../scheduler/index.js';

type Demand = Parameters<Sketch['refusal']>[1];

/** How many moves it would take to spread so many instances evenly over the places that hold them. */
export function unevenness(counts: readonly number[]): number {
  if (counts.length === 0) return 0;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const [floor, ceiling] = [Math.floor(total / counts.length), Math.ceil(total / counts.length)];
  const excess = counts.reduce((sum, count) => sum + Math.max(0, count - ceiling), 0);
  const lack = counts.reduce((sum, count) => sum + Math.max(0, floor - count), 0);
  return Math.max(excess, lack);
}

/** How the instances of one miner with the strategy `spread` lie over the places it may go to. */
export class Places {
  readonly demand: Demand;
  readonly #board: Sketch;
  readonly #counts = new Map<string, number>();

  /** Over `hosts`: open ones in scope. */
  constructor(board: Sketch, demand: Demand, hosts: Iterable<number>) {
    this.#board = board;
    this.demand = demand;
    const held = board.countsOf(demand.miner);
    for (const host of hosts) {
      if (!board.allows(host, demand)) continue;
      const place = this.of(host);
      this.#counts.set(place, (this.#counts.get(place) ?? 0) + (held.get(host) ?? 0));
    }
  }

  /** How many moves short of even. */
  get unevenness(): number {
    return unevenness([...this.#counts.values()]);
  }

  /** Places with their instances, most first. */
  get sorted(): (readonly [string, number])[] {
    return [...this.#counts].sort(([, a], [, b]) => b - a);
  }

  /** The place of a host. */
  of(host: number): string {
    return this.#board.domainOf(host, this.demand);
  }

  /** Whether a move between two hosts keeps the spread as even as it is, or makes it more so. */
  keepsLevel(from: number, to: number): boolean {
    const [here, there] = [this.of(from), this.of(to)];
    return here === there || (this.#counts.get(there) ?? 0) + 1 <= (this.#counts.get(here) ?? 0);
  }

  /** How many moves short of even it would be after a move. */
  unevennessAfter(from: number, to: number): number {
    this.move(from, to);
    const after = this.unevenness;
    this.move(to, from);
    return after;
  }

  /** Takes note of a move. */
  move(from: number, to: number): void {
    this.#add(this.of(from), -1);
    this.#add(this.of(to), 1);
  }

  #add(place: string, by: number): void {
    this.#counts.set(place, (this.#counts.get(place) ?? 0) + by);
  }
}
