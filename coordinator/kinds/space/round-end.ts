/** How far the asking of a round is. */
export interface AskedSoFar {
  /** Hosts that are asked now. */
  readonly asking: number;
  readonly answered: number;
  /** Instances of the miner that may answer yet: they begin, or their hosts cannot be reached. */
  readonly awaited: number;
  readonly elapsedMs: number;
  readonly deadlineMs: number;
}

/** Of the deadline, how long late hosts are waited for when others have answered: a block of somebody else may come any moment. */
const GRACE = { share: 0.1, mostMs: 5000 } as const;

/**
 * Whether what hosts said is all that is waited for: each that is being asked is heard; then those that come late are waited for, for a short
 * time where there is an answer already, and until the deadline where there is none. Pure.
 */
export function isRoundOver({ asking, answered, awaited, elapsedMs, deadlineMs }: AskedSoFar): boolean {
  if (elapsedMs >= deadlineMs) return true;
  if (asking > 0 || answered === 0) return false;
  return awaited === 0 || elapsedMs >= Math.min(GRACE.mostMs, GRACE.share * deadlineMs);
}
