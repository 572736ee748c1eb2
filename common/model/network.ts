/** A chain that miners work for, as an operator declared it. Times are unix milliseconds. */
export interface NetworkRecord {
  readonly name: string;
  /** `ws:` or `wss:` URLs of nodes of the same chain, in the order in which they are tried. */
  readonly endpoints: readonly string[];
  /** Hash of the first block, hex with 0x: as declared, else as first met; other chains are refused. */
  readonly genesisHash?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** Endpoints of a network at most. */
export const MOST_ENDPOINTS = 8;
/** Hash of a block. */
export const BLOCK_HASH = /^0x[0-9a-f]{64}$/;
