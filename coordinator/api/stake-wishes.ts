import { z } from 'zod';
import type { StakeLimit } from '../../common/gen/headframe/v1/stake_service_pb.js';
import type { PriceLimit, StakeChain } from '../chain/stake/index.js';
import { stakeInvalid } from '../chain/stake/index.js';
import { checked } from './checked.js';

/** Half of it: what is worse is no trade. */
const MOST_SLIPPAGE_BP = 5_000;

/** A whole number of the smallest unit. */
export const planckField = z.string().regex(/^\d{1,30}$/, 'a whole number of the smallest unit, in decimal');
/** Slippage in basis points. */
export const slippageField = z
  .int()
  .min(0)
  .max(MOST_SLIPPAGE_BP, `at most ${String(MOST_SLIPPAGE_BP)} basis points`);

const amountSchema = z.object({ amountPlanck: planckField });
const limitSchema = z
  .object({
    slippageBp: slippageField.optional(),
    pricePlanck: z.union([z.literal(''), planckField]),
    partial: z.boolean(),
  })
  .refine(({ slippageBp, pricePlanck }) => slippageBp === undefined || pricePlanck === '', {
    path: ['pricePlanck'],
    message: 'nothing beside a slippage',
  })
  .refine(({ partial, pricePlanck }) => !partial || pricePlanck !== '', {
    path: ['partial'],
    message: 'a price with it',
  });

/** How bad a trade may be. */
export interface TradeTerms {
  readonly limit: PriceLimit | undefined;
  readonly slippageBp: number | undefined;
}

/** An amount as it is asked for. Throws `HeadframeError` (invalid_argument, 'request_invalid'). */
export function amountOf({ amountPlanck }: { readonly amountPlanck: string }): bigint {
  return BigInt(checked(amountSchema, { amountPlanck }).amountPlanck);
}

/** How bad a trade may be, as it is asked for. Throws like `amountOf`. */
export function termsOf(limit: StakeLimit | undefined): TradeTerms {
  const { slippageBp, pricePlanck = '', partial = false } = limit ?? {};
  const said = checked(limitSchema, { slippageBp, pricePlanck, partial });
  const price = said.pricePlanck === '' ? undefined : { price: BigInt(said.pricePlanck), partial };
  return { limit: price, slippageBp: said.slippageBp };
}

/** The subnet that is meant. Throws `HeadframeError` (invalid_argument, 'stake_invalid') where one has to be named and is not. */
export function netuidOf({ kind, dynamicTao }: StakeChain, netuid: number | undefined, path = 'netuid'): number {
  if (netuid !== undefined) return netuid;
  if (kind !== 'subtensor' || !dynamicTao) return 0;
  const expected = 'the netuid of a subnet, for stake is held by subnet on this chain';
  throw stakeInvalid({ path, expected, remedy: 'Name the subnet; 0 is the root network.' });
}
