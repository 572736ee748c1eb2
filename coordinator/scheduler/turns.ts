import { Heap } from './heap.js';
import type { WaitingGroup } from './waiting-group.js';

/** A group's place in the order of turns. */
export interface Entry {
  readonly group: WaitingGroup;
  readonly priority: number;
  /** Serial of the oldest instance that waits. */
  readonly age: number;
}

/** Whose turn it is. */
export interface Turn {
  readonly group: WaitingGroup;
  /** Least share among the other namespaces whose turn it could be; undefined when there is none. */
  readonly rival: number | undefined;
}

/** After this time in milliseconds without a placement a namespace goes before others of equal priority, whatever it holds. */
const PATIENCE_MS = 120_000;

/** Priority first, then age. */
export const before = (a: Entry, b: Entry): boolean =>
  a.priority > b.priority || (a.priority === b.priority && a.age < b.age);

interface Offer<Lane> {
  readonly lane: Lane;
  readonly entry: Entry;
}

interface Side<Lane> {
  readonly offers: Heap<Offer<Lane>>;
  groups: number;
  /** Since when it has been waiting without a placement, in monotonic milliseconds; undefined until it is looked at. */
  sinceMs: number | undefined;
}

/**
 * Picks among namespaces: the highest priority first; among equals whoever holds the least share of what it may, except
 * that one which has got nothing for long goes first; among equal shares the oldest.
 */
export class Turns<Lane> {
  readonly #sides = new Map<string, Side<Lane>>();
  readonly #isCurrent: (lane: Lane, entry: Entry) => boolean;
  readonly #shareOf: (namespace: string) => number;

  /** `isCurrent` tells whether an offer still holds; `shareOf` what a namespace holds of what it may, from 0. */
  constructor(isCurrent: (lane: Lane, entry: Entry) => boolean, shareOf: (namespace: string) => number) {
    this.#isCurrent = isCurrent;
    this.#shareOf = shareOf;
  }

  /** A group of the namespace begins to wait. */
  enter(namespace: string): void {
    const side = this.#sides.get(namespace);
    if (side !== undefined) side.groups += 1;
    else {
      const offers = new Heap<Offer<Lane>>((a, b) => before(a.entry, b.entry));
      this.#sides.set(namespace, { offers, groups: 1, sinceMs: undefined });
    }
  }

  /** A group of the namespace waits no longer. */
  leave(namespace: string): void {
    const side = this.#sides.get(namespace);
    if (side === undefined) return;
    side.groups -= 1;
    if (side.groups === 0) this.#sides.delete(namespace);
  }

  /** Offers the first of a lane its turn. */
  offer(namespace: string, lane: Lane, entry: Entry): void {
    this.#sides.get(namespace)?.offers.push({ lane, entry });
  }

  /** Notes that something of the namespace was placed. */
  served(namespace: string, nowMs: number): void {
    const side = this.#sides.get(namespace);
    if (side !== undefined) side.sinceMs = nowMs;
  }

  /** Whether it is anybody's turn. */
  get hasAny(): boolean {
    for (const side of this.#sides.values()) if (this.#firstOf(side) !== undefined) return true;
    return false;
  }

  /** Whose turn it is. */
  next(nowMs: number): Turn | undefined {
    if (this.#sides.size === 1)
      for (const side of this.#sides.values()) {
        const entry = this.#firstOf(side);
        side.sinceMs ??= nowMs;
        return entry && { group: entry.group, rival: undefined };
      }
    return this.#choose(nowMs);
  }

  #choose(nowMs: number): Turn | undefined {
    const contenders = this.#contenders(nowMs);
    let best: Contender | undefined;
    for (const one of contenders) if (best === undefined || goesFirst(one, best)) best = one;
    if (best === undefined) return undefined;
    let rival: number | undefined;
    for (const one of contenders) if (one !== best) rival = Math.min(rival ?? Infinity, one.share);
    return { group: best.entry.group, rival };
  }

  /** The first of each namespace, as far as they have the highest priority that waits. */
  #contenders(nowMs: number): Contender[] {
    let contenders: Contender[] = [];
    let highest = -1;
    for (const [namespace, side] of this.#sides) {
      side.sinceMs ??= nowMs;
      const entry = this.#firstOf(side);
      if (entry === undefined || entry.priority < highest) continue;
      if (entry.priority > highest) contenders = [];
      highest = entry.priority;
      const waitedMs = nowMs - side.sinceMs;
      contenders.push({ entry, share: this.#shareOf(namespace), overdueMs: waitedMs < PATIENCE_MS ? 0 : waitedMs });
    }
    return contenders;
  }

  /** Offers that no longer hold are dropped on the way. */
  #firstOf({ offers }: Side<Lane>): Entry | undefined {
    for (let offer = offers.peek(); offer !== undefined; offer = offers.peek()) {
      if (this.#isCurrent(offer.lane, offer.entry)) return offer.entry;
      offers.pop();
    }
    return undefined;
  }
}

interface Contender {
  readonly entry: Entry;
  readonly share: number;
  /** How long it has been waiting, once that is too long; else 0. */
  readonly overdueMs: number;
}

function goesFirst(a: Contender, b: Contender): boolean {
  if (a.overdueMs !== b.overdueMs) return a.overdueMs > b.overdueMs;
  if (a.share !== b.share) return a.share < b.share;
  return a.entry.age < b.entry.age;
}
