import { error, info, warning } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

/** Reasons that have to do with wallets and their keys. */
export const WALLET_REASONS = {
  wallet_created: info('A wallet was made or imported.'),
  wallet_removed: info('A wallet and the keys that the coordinator held of it are gone.'),
  wallet_unlocked: info('The key of a wallet was opened for a time, and signs until then.'),
  wallet_relocked: info('The key of a wallet is in memory no more: its time was over, or somebody locked it.'),
  wallet_caps_set: info('What a wallet may spend on a network was set.'),
  wallet_frozen: error(
    'A call of the wallet was refused because somebody is changing or disputing its coldkey: it signs nothing more.',
    'Find out who does that; if it is you: headframe wallets unfreeze NAME.',
  ),
  wallet_unfrozen: info('A wallet that was frozen signs again.'),
  hotkey_added: info('A hotkey was made or imported; its key is a secret.'),
  hotkey_removed: info('A hotkey and its secret are gone.'),
  wallet_locked: warning(
    'The wallet is locked, and what it would have to sign waits.',
    'Unlock it: headframe wallets unlock NAME.',
  ),
  wallet_watch_only: error(
    'Only the address of the wallet is known, so that nothing can be signed with it.',
    'Name a wallet whose key or proxy the coordinator holds.',
  ),
  wallet_damaged: error('The keystore of a wallet cannot be opened.', 'Remove the wallet and import it again.'),
  hotkey_damaged: error(
    "A hotkey's secret is not there, or not the key that it was.",
    'Remove the hotkey from its wallet and import it again.',
  ),
  passphrase_wrong: error('The passphrase does not open the keystore.', 'Try the right one.'),
  unlock_backoff: warning(
    'Too many wrong passphrases: the wallet is not tried again for a while.',
    'Wait as long as it says; each further wrong one doubles the time, up to 15 minutes.',
  ),
} as const satisfies Record<string, ReasonMeaning>;
