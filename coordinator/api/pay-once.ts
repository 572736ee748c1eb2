import type { PayOptions, PayReply } from '../../common/gen/headframe/v1/intent_pb.js';
import type { WalletRecord } from '../../common/model/wallet.js';
import type { StakeCall } from '../chain/stake/index.js';
import { keptWallets } from './kept-wallets.js';
import type { HandlerParts } from './parts.js';
import { payFor } from './paying.js';
import type { PayingParts } from './paying.js';

/** What paying for stake works with. */
export type StakePayingParts = PayingParts & Pick<HandlerParts, 'fleet' | 'wallets'>;

/** Who asks to pay, where. */
export interface Asked {
  readonly network: string;
  readonly pay?: PayOptions | undefined;
}

/** The wallet that pays. Throws what finding a wallet throws. */
export function walletIn(parts: Pick<StakePayingParts, 'wallets'>, { pay }: Asked): WalletRecord {
  return keptWallets(parts).get(pay?.wallet ?? '');
}

/**
 * Pays the call that is prepared now; where the same was asked for under the same key, the call of then: once it is done, the
 * chain would speak against doing it a second time, which nobody asks for. Throws what `payFor` and `prepare` throw.
 */
export async function payOnce(
  parts: StakePayingParts,
  asked: Asked,
  purpose: string,
  prepare: () => Promise<StakeCall>,
): Promise<PayReply> {
  const { call, spends: amount } = sameBefore(parts, asked, purpose) ?? (await prepare());
  return payFor(parts, asked.pay, { network: asked.network, call, amount, purpose });
}

function sameBefore({ fleet }: StakePayingParts, { network, pay }: Asked, purpose: string): StakeCall | undefined {
  const key = pay?.key ?? '';
  if (key === '') return undefined;
  for (const intent of fleet.intents())
    if (intent.key === key && intent.network === network && intent.purpose === purpose)
      return { call: intent.call, spends: BigInt(intent.amount) };
  return undefined;
}
