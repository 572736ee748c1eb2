/** Hashes many leaves and nodes at once, in memory of its own; addresses count from the start of that memory. */
export interface SpaceKernel {
  readonly name: KernelName;
  /** Callers may use it from `start` on, which is on a boundary of 64 KiB. */
  readonly memory: Buffer;
  readonly start: number;
  /** Says whose leaves `leaves` makes; 32 bytes each. */
  bindPlot(minerKey: Uint8Array, plotSeed: Uint8Array): void;
  /** Writes `count` leaves from nonce `nonce` on, 0 ≤ nonce < 2^53. */
  leaves(to: number, count: number, nonce: number): void;
  /** Writes the nodes of level 0 over `count` leaves; `to` may be `from`. */
  leafNodes(from: number, to: number, count: number): void;
  /** Writes the `count` nodes over twice as many; `to` may be `from`. */
  parents(from: number, to: number, count: number): void;
  /** Says which challenge, of 32 bytes, `best` answers. */
  bindChallenge(challenge: Uint8Array): void;
  /** The first of the best among `count` leaves, if its score is strictly below `below` (32 bytes; undefined for any). */
  best(from: number, count: number, below: Uint8Array | undefined): KernelBest | undefined;
}

/** How a kernel hashes, from the fastest on; all give the same results. */
export type KernelName = 'native' | 'wasm' | 'node';

/** A leaf among those that a kernel looked at. */
export interface KernelBest {
  /** Counted from the first leaf looked at. */
  readonly at: number;
  readonly score: Buffer;
}
