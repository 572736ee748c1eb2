import type { Pool } from '../metagraph/pool.js';

/** An amount of a subnet's token in the base token. */
export interface TokenValue {
  /** At the price of now. */
  readonly spot: bigint;
  /** What would come out of the pool for all of it at once, without fees. */
  readonly out: bigint;
}

/**
 * Of a pool of constant product, base × token, with reserves B and T an amount a is worth a·B/T, and brings a·B/(T+a): what
 * goes in moves the price against itself. Fees, and liquidity that is concentrated around the price, are not counted. Rounds
 * down, as the chain does. Undefined where nobody can tell. Formula and items: docs/rewards.md. Pure.
 */
export function valueOf(amount: bigint, pool: Pool): TokenValue | undefined {
  if (pool.kind === 'par') return { spot: amount, out: amount };
  if (pool.kind === 'unknown' || pool.token <= 0n || pool.base <= 0n) return undefined;
  return { spot: (amount * pool.base) / pool.token, out: (amount * pool.base) / (pool.token + amount) };
}
