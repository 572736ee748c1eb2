import { walletOf } from '../../common/model/intent.js';
import type { PayerParts } from './extrinsics/index.js';
import type { Wallets } from './wallets/index.js';

/** The keys that a payer signs by, by the names that intents have of them: `wallet`, or `wallet/hotkey`. */
export function payingKeys(wallets: Wallets): PayerParts['wallets'] {
  return {
    accountOf: (name) => {
      const hotkey = hotkeyIn(name);
      const wallet = wallets.get(walletOf(name));
      // A hotkey signs for itself: proxies are of the coldkey.
      if (hotkey !== undefined) return { signer: wallets.hotkey(wallet.name, hotkey).address };
      wallets.requireKey(wallet.name);
      return { signer: wallet.address, real: wallet.proxyFor?.address };
    },
    signer: (name) => {
      const hotkey = hotkeyIn(name);
      if (hotkey !== undefined) return wallets.hotkeySigner(walletOf(name), hotkey);
      wallets.requireKey(name);
      return wallets.signer(name);
    },
  };
}

function hotkeyIn(name: string): string | undefined {
  return name.includes('/') ? name.slice(name.indexOf('/') + 1) : undefined;
}
