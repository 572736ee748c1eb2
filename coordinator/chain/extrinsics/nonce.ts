/**
 * The nonce for a key's next extrinsic: the first from the chain's own answer on that no signed call of ours holds, so that one
 * that died leaves no gap, and what somebody else has in the pool is not replaced.
 */
export function freeNonce(chainNext: number, held: Iterable<number>): number {
  const taken = new Set(held);
  let nonce = chainNext;
  while (taken.has(nonce)) nonce += 1;
  return nonce;
}
