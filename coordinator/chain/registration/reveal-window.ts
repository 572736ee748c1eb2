/** What of a subnet tells when commits are revealed. */
export interface RevealTerms {
  readonly netuid: number;
  /** Blocks of an epoch, less one. */
  readonly tempo: number;
  /** Epochs between a commit and its reveal. */
  readonly period: number;
}

/** The first and the last block in which a commit is revealed. */
export interface RevealWindow {
  readonly from: number;
  readonly until: number;
}

/**
 * When the chain takes the reveal of what was committed in a block: in one epoch alone, by the subnet's terms of the moment.
 * Epochs go by (block + netuid + 1) / (tempo + 1): https://github.com/opentensor/subtensor, `get_reveal_blocks`. Pure.
 */
export function revealWindow({ netuid, tempo, period }: RevealTerms, committedAt: number): RevealWindow {
  const [blocks, shift] = [tempo + 1, netuid + 1];
  const epoch = Math.floor((committedAt + shift) / blocks) + period;
  const from = epoch * blocks - shift;
  return { from, until: from + tempo };
}
