import { isDeepStrictEqual } from 'node:util';
import type { CallEffect, ChainCall, IntentRecord } from '../../../common/model/intent.js';

/** A call to be made and paid once; amounts in the chain's smallest unit. */
export interface PayRequest {
  /** Of its author, such as `register/demo/7/5Grw…`: the same key on the same network is the same intent for as long as that is kept. */
  readonly key: string;
  readonly network: string;
  /** Who signs. */
  readonly wallet: string;
  /** The account in whose name it signs, as its proxy. */
  readonly real?: string;
  readonly call: ChainCall;
  readonly purpose: string;
  /** What the call moves. */
  readonly amount: bigint;
  /** The most it may cost in all: amount, fee and tip. */
  readonly cap: bigint;
  /** The highest tip that may be paid upon congestion; none when left out. */
  readonly maxTip?: bigint;
  /** Where it shows that it need not, or no longer, be made. */
  readonly effect?: CallEffect;
  /** Unix milliseconds at which it is no longer to be begun. */
  readonly giveUpAtMs?: number;
}

/** The intent of a request, as it begins. */
export function intentOf(
  { amount, cap, maxTip = 0n, ...request }: PayRequest,
  {
    nowMs,
    ...made
  }: { readonly id: string; readonly signer: string; readonly genesisHash: string | undefined; readonly nowMs: number },
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

/** Whether a request asks for what the intent already is. */
export function isSameRequest(intent: IntentRecord, request: Omit<PayRequest, 'network' | 'key'>): boolean {
  const same = intent.wallet === request.wallet && intent.real === request.real;
  return same && intent.amount === request.amount.toString() && isDeepStrictEqual(intent.call, request.call);
}
