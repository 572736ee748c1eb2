import type { Wallets } from '../chain/wallets/index.js';
import { secretsNeedTls } from '../security/secrets/index.js';
import type { HandlerParts } from './parts.js';

/** The wallets. Throws `HeadframeError` (failed_precondition, 'secrets_need_tls') where the coordinator serves in clear. */
export function keptWallets({ wallets }: Pick<HandlerParts, 'wallets'>): Wallets {
  if (wallets === undefined) throw secretsNeedTls();
  return wallets;
}
