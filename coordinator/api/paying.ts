import { create } from '@bufbuild/protobuf';
import { z } from 'zod';
import type { PayOptions, PayReply } from '../../common/gen/headframe/v1/intent_pb.js';
import { PayReplySchema } from '../../common/gen/headframe/v1/intent_pb.js';
import type { CallEffect, ChainCall } from '../../common/model/intent.js';
import type { Payer } from '../chain/index.js';
import { secretsNeedTls } from '../security/secrets/index.js';
import { checked } from './checked.js';
import { dryRunView, intentView } from './intent-views.js';
import type { HandlerParts } from './parts.js';

/** What a call is, and whom it concerns; amounts in the chain's smallest unit. */
export interface PaidCall {
  readonly network: string;
  /** Of the wallet, when it is the hotkey that signs. */
  readonly hotkey?: string | undefined;
  readonly call: ChainCall;
  /** Where it shows that it need not, or no longer, be made. */
  readonly effect?: CallEffect | undefined;
  /** Of the base token: what leaves the account, fee and tip aside. */
  readonly amount: bigint;
  /** For people. */
  readonly purpose: string;
  /** Unix milliseconds at which it is no longer to be begun. */
  readonly giveUpAtMs?: number | undefined;
}

/** What paying works with. */
export type PayingParts = Pick<HandlerParts, 'networks' | 'payer' | 'newId'>;

const planckField = z
  .string()
  .regex(/^\d{0,30}$/, 'a whole number of the smallest unit, in decimal')
  .transform((text) => (text === '' ? undefined : BigInt(text)));
const optionsSchema = z.object({
  wallet: z.string().min(1).max(64),
  key: z.string().max(128),
  maxTip: planckField,
  cap: planckField,
});

/**
 * Pays a call, or with `dry_run` says what would come of it. Throws `HeadframeError`: failed_precondition
 * ('secrets_need_tls', 'spending_cap_missing', 'wallet_watch_only'), not_found ('network_not_found', 'wallet_not_found',
 * 'hotkey_not_found'), resource_exhausted ('spending_cap_call', 'spending_cap_day', 'payer_full'), already_exists
 * ('intent_key_reused'), invalid_argument ('request_invalid', 'intent_invalid', 'call_unknown', 'call_invalid'), and for the
 * fee what reading from a chain throws.
 */
export async function payFor(
  parts: PayingParts,
  options: PayOptions | undefined,
  { network, hotkey, ...what }: PaidCall,
): Promise<PayReply> {
  const payer = payerOf(parts);
  const { wallet = '', key = '', maxTipPlanck: maxTip = '', capPlanck: cap = '' } = options ?? {};
  const said = checked(optionsSchema, { wallet, key, maxTip, cap });
  parts.networks.find(network);
  const request = {
    ...what,
    network,
    wallet: hotkey === undefined ? said.wallet : `${said.wallet}/${hotkey}`,
    key: said.key === '' ? parts.newId() : said.key,
    maxTip: said.maxTip,
    cap: said.cap,
  };
  if (options?.dryRun !== true) {
    const intent = intentView(parts, payer, await payer.pay(request));
    return create(PayReplySchema, { of: { case: 'intent', value: intent } });
  }
  const dryRun = dryRunView(parts, request, await payer.dryRun(request));
  return create(PayReplySchema, { of: { case: 'dryRun', value: dryRun } });
}

/** Throws `HeadframeError` (failed_precondition, 'secrets_need_tls') where the coordinator serves in clear. */
export function payerOf({ payer }: Pick<HandlerParts, 'payer'>): Payer {
  if (payer === undefined) throw secretsNeedTls();
  return payer;
}
