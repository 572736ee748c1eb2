/** How many connections may be open at once. */
export interface ConnectionLimits {
  readonly total: number;
  /** From one address; those of this machine are not held to it, nor are unix sockets. */
  readonly perAddress: number;
}

/** Counts open connections, and says which one is too many. */
export class ConnectionCaps {
  readonly #limits: ConnectionLimits;
  readonly #byAddress = new Map<string, number>();
  #total = 0;

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** Counts a connection from that address; the answer forgets it, once. Undefined when it is one too many. */
  admit(address: string): (() => void) | undefined {
    const there = this.#byAddress.get(address) ?? 0;
    if (this.#total >= this.#limits.total) return undefined;
    if (there >= this.#limits.perAddress && !isOwnMachine(address)) return undefined;
    this.#total += 1;
    this.#byAddress.set(address, there + 1);
    let counted = true;
    return () => {
      if (counted) this.#forget(address);
      counted = false;
    };
  }

  #forget(address: string): void {
    this.#total -= 1;
    const left = (this.#byAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#byAddress.delete(address);
    else this.#byAddress.set(address, left);
  }
}

function isOwnMachine(address: string): boolean {
  return address === 'unknown' || address === '::1' || /^(?:::ffff:)?127\./.test(address);
}
