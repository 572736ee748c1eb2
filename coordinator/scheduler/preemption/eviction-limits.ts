/** Evictions are counted over this many milliseconds. */
const WINDOW_MS = 60_000;

/** Evictions a minute in a small fleet; in a large one a hundredth of what runs. */
const LEAST_A_MINUTE = 100;
const SHARE_A_MINUTE = 0.01;

/** After an instance that room was made for has failed, its miner evicts nobody for this many milliseconds. */
const BAR_MS = 300_000;

/** An instance that fails within this many milliseconds of its placement has not made use of the room. */
const PROVING_MS = 600_000;

interface Noted {
  readonly atMs: number;
  readonly miner: string;
  readonly count: number;
}

/**
 * Bounds how many instances are evicted: in the whole fleet in a minute, and half as many for one miner; none for a miner
 * that fails in the room made for it. A single eviction of more than the bound has to find the minute unused. Times are
 * monotonic milliseconds.
 */
export class EvictionLimits {
  #noted: Noted[] = [];
  readonly #struck = new Map<string, number>();
  readonly #proving = new Map<number, number>();
  readonly #barred = new Map<string, number>();

  /** Whether a miner may evict `count` more now, in a fleet of so many instances. */
  allows(miner: string, count: number, instances: number, nowMs: number): boolean {
    if (count === 0) return true;
    if ((this.#barred.get(miner) ?? nowMs) > nowMs) return false;
    this.#forget(nowMs);
    const bound = Math.max(LEAST_A_MINUTE, Math.floor(instances * SHARE_A_MINUTE));
    const all = sum(this.#noted);
    const own = sum(this.#noted.filter((noted) => noted.miner === miner));
    return fits(all, count, bound) && fits(own, count, bound / 2);
  }

  /** When a miner that was refused may try again. */
  retryAtMs(miner: string, nowMs: number): number {
    const barredUntil = this.#barred.get(miner) ?? 0;
    if (barredUntil > nowMs) return barredUntil;
    return (this.#noted[0]?.atMs ?? nowMs) + WINDOW_MS;
  }

  /** Whether a miner is refused because it failed in the room made for it. */
  isBarred(miner: string, nowMs: number): boolean {
    return (this.#barred.get(miner) ?? 0) > nowMs;
  }

  /** Notes evictions made for a miner, and whom they struck. */
  note(miner: string, struck: readonly string[], atMs: number): void {
    if (struck.length === 0) return;
    this.#noted.push({ atMs, miner, count: struck.length });
    for (const name of struck) this.#struck.set(name, atMs);
  }

  /** Whether a miner has lost an instance within the window. */
  wasStruck(miner: string, nowMs: number): boolean {
    const atMs = this.#struck.get(miner);
    return atMs !== undefined && atMs > nowMs - WINDOW_MS;
  }

  /** Notes that an instance was placed where others were evicted for it. */
  placed(serial: number, atMs: number): void {
    this.#proving.set(serial, atMs);
  }

  /** Whether any instance has yet to prove its placement. */
  get isProving(): boolean {
    return this.#proving.size > 0;
  }

  /** Notes that an instance has ended. */
  ended(serial: number, miner: string, failed: boolean, nowMs: number): void {
    const placedAtMs = this.#proving.get(serial);
    if (placedAtMs === undefined) return;
    this.#proving.delete(serial);
    if (failed && nowMs - placedAtMs < PROVING_MS) this.#barred.set(miner, nowMs + BAR_MS);
  }

  #forget(nowMs: number): void {
    if ((this.#noted[0]?.atMs ?? nowMs) > nowMs - WINDOW_MS) return;
    this.#noted = this.#noted.filter(({ atMs }) => atMs > nowMs - WINDOW_MS);
    drop(this.#struck, (atMs) => atMs <= nowMs - WINDOW_MS);
    drop(this.#barred, (atMs) => atMs <= nowMs);
    drop(this.#proving, (atMs) => atMs <= nowMs - PROVING_MS);
  }
}

function fits(used: number, count: number, bound: number): boolean {
  return used === 0 || used + count <= bound;
}

function sum(noted: readonly Noted[]): number {
  return noted.reduce((total, { count }) => total + count, 0);
}

function drop<K>(times: Map<K, number>, isOver: (atMs: number) => boolean): void {
  for (const [key, atMs] of times) if (isOver(atMs)) times.delete(key);
}
