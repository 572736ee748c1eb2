import { networkOf } from '../../../common/model/network-of.js';
import type { Clock } from '../../../common/model/clock.js';

/** How many joins may fail within a window, in milliseconds. */
export interface JoinLimits {
  readonly perAddress: number;
  readonly overall: number;
  readonly windowMs: number;
}

/** Far above what typing errors cause, far below what guessing 256 bits takes. */
const JOIN_LIMITS: JoinLimits = { perAddress: 10, overall: 1000, windowMs: 60_000 };

/** Counts joins that failed, by address and in all. It holds no more entries than may fail in a window. */
export class JoinLimiter {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #limits: JoinLimits;
  #failures: { readonly address: string; readonly atMs: number }[] = [];

  constructor(clock: Pick<Clock, 'monotonicMs'>, limits: JoinLimits = JOIN_LIMITS) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** For how many milliseconds nobody, or nobody at this address, may try again; 0 for those who may. */
  waitMs(peer: string): number {
    const now = this.#clock.monotonicMs();
    const { perAddress, overall, windowMs } = this.#limits;
    this.#failures = this.#failures.filter(({ atMs }) => now - atMs < windowMs);
    const address = addressOf(peer);
    const own = this.#failures.filter((failure) => failure.address === address);
    return Math.max(waitFor(own, perAddress), waitFor(this.#failures, overall));

    function waitFor(failures: readonly { readonly atMs: number }[], most: number): number {
      const first = failures.at(-most);
      return first === undefined ? 0 : first.atMs + windowMs - now;
    }
  }

  /** Notes a join that failed for its token. */
  failed(peer: string): void {
    this.#failures.push({ address: addressOf(peer), atMs: this.#clock.monotonicMs() });
    if (this.#failures.length > this.#limits.overall) this.#failures.shift();
  }
}

/** Where a peer is, without its port. */
function addressOf(peer: string): string {
  return networkOf(peer.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'));
}
