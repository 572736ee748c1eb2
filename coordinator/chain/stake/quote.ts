/** How stake in a subnet is traded for the base token. Amounts in the smallest unit; both tokens have nine decimals. */
export type Market =
  /** One for one. */
  | { readonly kind: 'par' }
  /** Two reserves whose product stays. */
  | { readonly kind: 'pool'; readonly base: bigint; readonly alpha: bigint };

/** What a trade would give, estimated at one block. */
export interface Quote {
  /** Before the trade: of one whole unit of the stake's token, in the base token's smallest unit. */
  readonly price: bigint;
  /** What comes out at that price, without slippage: base token where stake is sold, stake where it is bought. */
  readonly value: bigint;
  /** What comes out. */
  readonly gets: bigint;
}

/** Which way stake is traded: bought with the base token, or sold for it. */
export type Side = 'buy' | 'sell';

/** Of one whole unit of a token, in the smallest. */
export const WHOLE = 10n ** 9n;
/** The whole, in basis points. */
const ALL_BP = 10_000n;

/** What a trade would give in a market that is known; undefined in a pool that is empty on one side. Pure. */
export function quoteIn(market: Market, side: Side, amount: bigint): Quote | undefined {
  if (market.kind === 'par') return { price: WHOLE, value: amount, gets: amount };
  const { base, alpha } = market;
  if (base === 0n || alpha === 0n) return undefined;
  const price = (base * WHOLE) / alpha;
  const [given, taken] = side === 'buy' ? [base, alpha] : [alpha, base];
  return { price, value: valueAt(price, side, amount), gets: (taken * amount) / (given + amount) };
}

/** What an amount is worth at a price, without slippage. Pure. */
export function valueAt(price: bigint, side: Side, amount: bigint): bigint {
  if (side === 'sell') return (amount * price) / WHOLE;
  return price === 0n ? 0n : (amount * WHOLE) / price;
}

/** What a trade loses to slippage, in basis points, rounded up; 0 to 10,000. Pure. */
export function slippageBp({ value, gets }: Quote): number {
  if (value <= 0n || gets >= value) return 0;
  return Number(((value - gets) * ALL_BP + value - 1n) / value);
}

/** The worst price that a slippage allows: above the price where stake is bought, below it where it is sold. Pure. */
export function limitPriceOf(price: bigint, side: Side, allowedBp: number): bigint {
  const bp = BigInt(allowedBp);
  if (side === 'buy') return (price * (ALL_BP + bp) + ALL_BP - 1n) / ALL_BP;
  return (price * (ALL_BP - bp)) / ALL_BP;
}
