import type { IntentRecord, SignedCall } from '../../../common/model/intent.js';
import type { PayerOptions } from './options.js';
import type { Heads, Ledger, WalletSigner } from './ports.js';

/** With what a call is signed. */
export interface Signing {
  readonly ledger: Ledger;
  readonly heads: Heads;
  readonly nonce: number;
  readonly tip: bigint;
}

/** Signs an intent's call for a life that begins with the last finalised block, which no reorg takes away. */
export async function signCall(
  parts: {
    readonly signerOf: (wallet: string) => WalletSigner | Promise<WalletSigner>;
    readonly options: PayerOptions;
  },
  { wallet, call, real }: IntentRecord,
  { ledger, heads, nonce, tip }: Signing,
): Promise<SignedCall> {
  const period = parts.options.eraBlocks;
  const birth = heads.finalized;
  const signer = await parts.signerOf(wallet);
  const signature = await ledger.sign(signer, { call, real, nonce, tip, birth, period });
  return { ...signature, nonce, birth: birth.number, death: birth.number + period };
}
