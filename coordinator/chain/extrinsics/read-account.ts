import type { ApiPromise } from '@polkadot/api';
import { z } from 'zod';

/** What reads from a chain: as of now, or of one block. */
type Reading = Pick<ApiPromise, 'query'>;

/** An amount as the library writes it in JSON: a number, or from 2^53 on hex. */
const amountSchema = z.union([z.number(), z.string()]).transform((amount) => BigInt(amount));

/** Runtimes of before have two locks in the place of `frozen`. */
const accountSchema = z.object({
  nonce: z.number(),
  data: z.object({
    free: amountSchema,
    frozen: amountSchema.optional(),
    miscFrozen: amountSchema.optional(),
    feeFrozen: amountSchema.optional(),
  }),
});

/** An account's extrinsics so far, and what it can spend, in the smallest unit. */
export async function readAccount(
  { query }: Reading,
  address: string,
): Promise<{ readonly nonce: number; readonly spendable: bigint }> {
  const read = await query.system?.account?.(address);
  const { nonce, data } = accountSchema.parse(read?.toJSON());
  const locks = [data.frozen, data.miscFrozen, data.feeFrozen].map((lock) => lock ?? 0n);
  const locked = locks.reduce((most, lock) => (lock > most ? lock : most));
  return { nonce, spendable: data.free > locked ? data.free - locked : 0n };
}
