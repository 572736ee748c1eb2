import { amountOf, countOf, fieldOf } from '../network/readers/codec.js';
import type { Snapshot } from '../network/readers/snapshot.js';
import { quoteIn, valueAt } from './quote.js';
import type { Quote, Side } from './quote.js';

/** A trade of stake in a subnet; the amount is of what is given away. */
interface Trade {
  readonly netuid: number;
  readonly side: Side;
  readonly amount: bigint;
}

const SUBTENSOR = 'subtensorModule';
const SWAP = 'swapRuntimeApi';

/** What a trade would give at this block; undefined where the chain does not tell prices. */
export async function quoteAt(snapshot: Snapshot, trade: Trade): Promise<Quote | undefined> {
  if (await isAtPar(snapshot, trade.netuid)) return quoteIn({ kind: 'par' }, trade.side, trade.amount);
  return (await quoteByApi(snapshot, trade)) ?? (await quoteByReserves(snapshot, trade));
}

/** Stake is in the base token itself in the root, in subnets without a pool, and where it is not held by subnet. */
export async function isAtPar({ at }: Snapshot, netuid: number): Promise<boolean> {
  const mechanism = at.query[SUBTENSOR]?.['subnetMechanism'];
  return netuid === 0 || mechanism === undefined || countOf(await mechanism(netuid)) === 0;
}

/** As the runtime simulates it. */
async function quoteByApi({ at }: Snapshot, { netuid, side, amount }: Trade): Promise<Quote | undefined> {
  const { currentAlphaPrice, simSwapTaoForAlpha, simSwapAlphaForTao } = at.call[SWAP] ?? {};
  const simulate = side === 'buy' ? simSwapTaoForAlpha : simSwapAlphaForTao;
  if (currentAlphaPrice === undefined || simulate === undefined) return undefined;
  const price = amountOf(await currentAlphaPrice(netuid));
  const gets = amountOf(fieldOf(await simulate(netuid, amount), side === 'buy' ? 'alphaAmount' : 'taoAmount'));
  if (price === undefined || gets === undefined) return undefined;
  return { price, value: valueAt(price, side, amount), gets };
}

/** By what the pool holds of both. */
async function quoteByReserves({ at }: Snapshot, { netuid, side, amount }: Trade): Promise<Quote | undefined> {
  const { subnetTAO, subnetAlphaIn } = at.query[SUBTENSOR] ?? {};
  if (subnetTAO === undefined || subnetAlphaIn === undefined) return undefined;
  const [base, alpha] = [amountOf(await subnetTAO(netuid)), amountOf(await subnetAlphaIn(netuid))];
  if (base === undefined || alpha === undefined) return undefined;
  return quoteIn({ kind: 'pool', base, alpha }, side, amount);
}
