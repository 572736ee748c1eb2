/** What a subnet's token is worth in the base token, and how that is known. Amounts are in the smallest unit. */
export type Pool =
  /** Stake is in the base token, or exchanged one for one: the root, and subnets without a token of their own. */
  | { readonly kind: 'par' }
  /** Both sides of the pool; the base side as the price says, where the runtime tells a price. */
  | { readonly kind: 'pool'; readonly base: bigint; readonly token: bigint }
  /** There is no pool, or nothing in it: nobody can tell. */
  | { readonly kind: 'unknown' };

/** Fixed point of `currentAlphaPrice` of the runtime. */
const PRICE_UNIT = 1_000_000_000n;

/**
 * The pool by its reserves. Where the runtime tells a price (base for 1e9 of the token), that holds, and the base side is
 * what fits it: later runtimes weigh the sides. Pure.
 */
export function poolOf(reserves: {
  readonly base: bigint | undefined;
  readonly token: bigint | undefined;
  readonly price: bigint | undefined;
}): Pool {
  const { token, price } = reserves;
  const base = price === undefined || token === undefined ? reserves.base : (price * token) / PRICE_UNIT;
  if (base === undefined || token === undefined || base === 0n || token === 0n) return { kind: 'unknown' };
  return { kind: 'pool', base, token };
}
