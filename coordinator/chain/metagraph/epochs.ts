/** What of a subnet tells when its epochs end, as the chain has it. */
export interface EpochFacts {
  readonly netuid: number;
  /** At which it was read. */
  readonly block: number;
  readonly tempo: number | undefined;
  /** Block of the last epoch, where the chain keeps it. */
  readonly lastEpochBlock: number | undefined;
  /** As the runtime says, where it does. */
  readonly nextEpochBlock: number | undefined;
}

/** Blocks at which the last epoch was and the next will be; undefined where nobody can tell. */
export interface Epochs {
  readonly last: number | undefined;
  readonly next: number | undefined;
}

/**
 * By what the chain keeps; else by the modulus of runtimes before tempo was dynamic: an epoch is when
 * (block + netuid + 1) mod (tempo + 1) = 0 (run_coinbase of opentensor/subtensor up to its spec 422). A tempo of 0 means no
 * epochs there. Pure.
 */
export function epochsOf({ netuid, block, tempo, lastEpochBlock, nextEpochBlock }: EpochFacts): Epochs {
  if (lastEpochBlock !== undefined)
    return { last: lastEpochBlock, next: nextEpochBlock ?? (tempo === undefined ? undefined : lastEpochBlock + tempo) };
  if (tempo === undefined || tempo === 0) return { last: undefined, next: nextEpochBlock };
  const since = (block + netuid + 1) % (tempo + 1);
  const last = block - since;
  return { last: last < 0 ? undefined : last, next: nextEpochBlock ?? last + tempo + 1 };
}
