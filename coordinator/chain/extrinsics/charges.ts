import type { IntentRecord } from '../../../common/model/intent.js';
import type { Ledger } from './ports.js';

/** What a call would cost, and what is there to pay it from; all in the smallest unit. */
export interface Charges {
  readonly amount: bigint;
  readonly fee: bigint;
  readonly tip: bigint;
  readonly cap: bigint;
  /** What the key that signs can spend. */
  readonly signer: bigint;
  /** What the account can spend that a proxy signs for. */
  readonly real: bigint | undefined;
}

/** Reads the balances that a call is paid from. */
export async function chargesOf(
  intent: Pick<IntentRecord, 'amount' | 'cap' | 'tip' | 'signer' | 'real'>,
  fee: bigint,
  ledger: Ledger,
): Promise<Charges> {
  const signer = await ledger.funds(intent.signer);
  const real = intent.real === undefined ? undefined : await ledger.funds(intent.real);
  return { amount: BigInt(intent.amount), fee, tip: BigInt(intent.tip ?? 0), cap: BigInt(intent.cap), signer, real };
}

/** The error that speaks against paying this, if any. */
export function refusalOf({ amount, fee, tip, cap, signer, real }: Charges): string | undefined {
  if (amount + fee + tip > cap) return 'intent.cap_exceeded';
  const own = real === undefined ? amount + fee + tip : fee + tip;
  const tooLow = signer < own || (real !== undefined && real < amount);
  return tooLow ? 'intent.balance_too_low' : undefined;
}
