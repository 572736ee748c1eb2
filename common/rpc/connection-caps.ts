import { networkOf } from '../model/network-of.js';

/** How many connections may be open at once. */
export interface ConnectionLimits {
  readonly total: number;
  /** From one address, or one /64 of IPv6; those of this machine are not held to it, nor are unix sockets. */
  readonly perAddress: number;
}

/** Counts open connections, and says which one is too many. */
export class ConnectionCaps {
  readonly #limits: ConnectionLimits;
  readonly #byNetwork = new Map<string, number>();
  #total = 0;

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** Counts a connection from that address; the answer forgets it, once. Undefined when it is one too many. */
  admit(address: string): (() => void) | undefined {
    const network = networkOf(address);
    const there = this.#byNetwork.get(network) ?? 0;
    if (this.#total >= this.#limits.total) return undefined;
    if (there >= this.#limits.perAddress && !isOwnMachine(address)) return undefined;
    this.#total += 1;
    this.#byNetwork.set(network, there + 1);
    let counted = true;
    return () => {
      if (counted) this.#forget(network);
      counted = false;
    };
  }

  #forget(network: string): void {
    this.#total -= 1;
    const left = (this.#byNetwork.get(network) ?? 1) - 1;
    if (left === 0) this.#byNetwork.delete(network);
    else this.#byNetwork.set(network, left);
  }
}

function isOwnMachine(address: string): boolean {
  return address === 'unknown' || address === '::1' || /^(?:::ffff:)?127\./.test(address);
}
