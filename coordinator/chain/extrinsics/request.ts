import { isDeepStrictEqual } from 'node:util';
import type { CallEffect, ChainCall, IntentRecord } from '../../../common/model/intent.js';

/** A call to be made and paid once; amounts in the chain's smallest unit. */
export interface PayRequest {
  /** Of its author, such as `register/demo/7/5Grw…`: the same key on the same network is the same intent for as long as that is kept. */
  readonly key: string;
  readonly network: string;
  /** Who signs: a wallet, or as `wallet/hotkey` a hotkey of it. */
  readonly wallet: string;
  /** The account in whose name it signs, as its proxy; that of the wallet when left out. */
  readonly real?: string | undefined;
  readonly call: ChainCall;
  readonly purpose: string;
  /** What the call moves. */
  readonly amount: bigint;
  /** The most it may cost in all: amount, fee and tip; when left out, with room for twice the fee as it is estimated. */
  readonly cap?: bigint | undefined;
  /** The highest tip that may be paid upon congestion; none when left out. */
  readonly maxTip?: bigint | undefined;
  /** Where it shows that it need not, or no longer, be made. */
  readonly effect?: CallEffect | undefined;
  /** Unix milliseconds at which it is no longer to be begun. */
  readonly giveUpAtMs?: number | undefined;
}

/** What an intent is made of besides its request. */
interface NewIntent {
  readonly id: string;
  readonly signer: string;
  readonly real?: string | undefined;
  readonly cap: bigint;
  readonly genesisHash: string | undefined;
  readonly nowMs: number;
}

/** The intent of a request, as it begins. */
export function intentOf(
  { amount, maxTip = 0n, ...request }: PayRequest,
  { nowMs, cap, ...made }: NewIntent,
): IntentRecord {
  return {
    ...request,
    ...made,
    amount: amount.toString(),
    cap: cap.toString(),
    maxTip: maxTip.toString(),
    state: 'journalled',
    attempts: 0,
    note: '',
    createdAtMs: nowMs,
    changedAtMs: nowMs,
  };
}

/** Whether a request asks for what the intent already is; what the same call moves may be estimated otherwise by then. */
export function isSameRequest(intent: IntentRecord, { wallet, call }: Pick<PayRequest, 'wallet' | 'call'>): boolean {
  return intent.wallet === wallet && isDeepStrictEqual(intent.call, call);
}
