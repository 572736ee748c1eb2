import { HeadframeError } from '../../../../common/model/error.js';
import type { Chain, Head } from '../../port.js';
import { cleanText } from '../clean-text.js';
import { amountOf, fieldOf } from './codec.js';
import { chainLacks } from './lacks.js';
import { readSnapshot } from './snapshot.js';

/** SS58, whose checksum is looked at further on, or a public key. */
const ADDRESS = /^(?:0x[0-9a-fA-F]{64}|[1-9A-HJ-NP-Za-km-z]{40,60})$/;

/** What an account holds, in the smallest unit. */
export interface AccountBalance {
  /** As the chain writes it. */
  readonly address: string;
  readonly exists: boolean;
  readonly free: bigint;
  readonly reserved: bigint;
  /** Of what is free: what cannot be transferred. */
  readonly frozen: bigint;
  readonly nonce: bigint;
  readonly block: Head;
}

/**
 * The balance of an account. Throws `HeadframeError`: invalid_argument ('address_invalid'), failed_precondition
 * ('chain_lacks') where the chain has no balances, and what `Chain.read` throws.
 */
export function readBalance(chain: Chain, address: string): Promise<AccountBalance> {
  return readSnapshot(chain, 'balance', async ({ api, at, block }) => {
    const query = at.query['system']?.['account'];
    if (query === undefined || chain.capabilities?.balances !== true) throw chainLacks(chain.network, 'balances');
    const account = parseAddress(api.registry, address);
    const info = await query(account);
    const data = fieldOf(info, 'data');
    return {
      ...{ address: account.toString(), block, nonce: amountOf(fieldOf(info, 'nonce')) ?? 0n },
      exists: ['providers', 'consumers', 'sufficients'].some((count) => (amountOf(fieldOf(info, count)) ?? 0n) > 0n),
      ...balanceOf(data),
    };
  });
}

/** Of an account's data in its present form (`frozen`) and its former one (`miscFrozen`, `feeFrozen`). Pure. */
export function balanceOf(data: unknown): Pick<AccountBalance, 'free' | 'reserved' | 'frozen'> {
  const amount = (name: string): bigint => amountOf(fieldOf(data, name)) ?? 0n;
  const former = [amount('miscFrozen'), amount('feeFrozen')].reduce((a, b) => (a > b ? a : b));
  return { free: amount('free'), reserved: amount('reserved'), frozen: amountOf(fieldOf(data, 'frozen')) ?? former };
}

interface Registry {
  createType(type: 'AccountId', value: string): { toString(): string };
}

/** An account as the chain writes it. Throws `HeadframeError` (invalid_argument, 'address_invalid'). */
export function parseAddress(registry: Registry, address: string): { toString(): string } {
  try {
    // The library would fill up what is too short.
    if (!ADDRESS.test(address)) throw new RangeError('neither SS58 nor a public key in hex');
    return registry.createType('AccountId', address);
  } catch (cause) {
    throw new HeadframeError({
      code: 'invalid_argument',
      reason: 'address_invalid',
      message: `${cleanText(address, 60)} is no address`,
      remedy:
        'Give an SS58 address, whose last characters are a checksum of the others, or a public key in hex with 0x.',
      violations: [
        { path: 'address', value: cleanText(address, 60), expected: 'an SS58 address or a public key in hex with 0x' },
      ],
      cause,
    });
  }
}
