import type { HeadframeError } from './error.js';

/** When to try again: without delay, within seconds for somebody is about to lead, or as after any failure. */
export type NextTry = 'now' | 'soon' | 'later';

/** Followers that name each other in turn are believed so often at once. */
const MOST_HOPS = 3;
/** A follower that knows of no leader is asked so often before another is. */
const MOST_WAITS = 5;

/** The addresses of a list with commas; spaces do not count. */
export function addressesOf(text: string): string[] {
  return text
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');
}

/** Which of several coordinators to call: the one that leads, as far as answers tell. */
export class CoordinatorRoute {
  readonly #named: readonly string[];
  readonly #followsAny: boolean;
  #addresses: readonly string[];
  #current: string;
  #hops = 0;
  #waits = 0;

  /** At least one address; `followsAny` where whoever answers is known by an authority, so that its address need not be. */
  constructor(addresses: readonly string[], followsAny: boolean) {
    this.#named = addresses;
    this.#addresses = addresses;
    this.#followsAny = followsAny;
    this.#current = addresses[0] ?? '';
  }

  /** The one to call now. */
  get current(): string {
    return this.#current;
  }

  /** Takes others to try behind those that were named, instead of those that it took before; none where not any may be followed. */
  learn(others: readonly string[]): void {
    if (this.#followsAny) this.#addresses = [...new Set([...this.#named, ...others])];
  }

  /** It has answered as one that leads. */
  settled(): void {
    [this.#hops, this.#waits] = [0, 0];
  }

  /** Goes by what a call ended with: to the leader that it names, else to the next of those that are known. */
  turn({ reason, metadata }: Pick<HeadframeError, 'reason' | 'metadata'>): NextTry {
    const { leader } = metadata;
    if (reason !== 'not_leader') return this.#next();
    if (leader === undefined || leader === this.#current || this.#hops >= MOST_HOPS) return this.#wait();
    if (!this.#followsAny && !this.#addresses.includes(leader)) return this.#next();
    this.#hops += 1;
    this.#current = leader;
    return 'now';
  }

  /** It is there, and will know soon who leads, or lead itself. */
  #wait(): NextTry {
    this.#waits += 1;
    this.#hops = 0;
    if (this.#waits > MOST_WAITS) this.#next();
    return 'soon';
  }

  #next(): NextTry {
    [this.#hops, this.#waits] = [0, 0];
    const at = this.#addresses.indexOf(this.#current);
    this.#current = this.#addresses[(at + 1) % this.#addresses.length] ?? this.#current;
    return 'later';
  }
}
