import { HeadframeError } from '../../../../common/model/error.js';

/** What a node may send: so much at once, and so much more a second. */
export interface InflowLimits {
  readonly burst: number;
  readonly perSecond: number;
}

/** Four times what a node's relay sends to one peer, and room for two of the largest blocks. */
export const INFLOW_LIMITS: { readonly messages: InflowLimits; readonly bytes: InflowLimits } = {
  messages: { burst: 1000, perSecond: 100 },
  bytes: { burst: 2 * 16 * 1024 * 1024, perSecond: 4 * 1024 * 1024 },
};

/** Measures what a node sends against its limits; times are of a clock that never goes back. */
export class Inflow {
  readonly #what: string;
  readonly #limits: InflowLimits;
  #left: number;
  #atMs: number;

  constructor(what: string, limits: InflowLimits, nowMs: number) {
    this.#what = what;
    this.#limits = limits;
    this.#left = limits.burst;
    this.#atMs = nowMs;
  }

  /** Counts what has come. Throws `HeadframeError` (resource_exhausted, 'space_node_floods') once it is more than is allowed. */
  count(amount: number, nowMs: number): void {
    const { burst, perSecond } = this.#limits;
    this.#left = Math.min(burst, this.#left + ((nowMs - this.#atMs) * perSecond) / 1000) - amount;
    this.#atMs = nowMs;
    if (this.#left >= 0) return;
    throw new HeadframeError({
      code: 'resource_exhausted',
      reason: 'space_node_floods',
      message: `the node sent more than ${String(burst)} ${this.#what} at once and ${String(perSecond)} a second`,
      remedy: 'Another node is tried next; if this one goes on, take it out of the list.',
      metadata: { what: this.#what },
    });
  }
}
