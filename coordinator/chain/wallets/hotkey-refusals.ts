import { HeadframeError } from '../../../common/model/error.js';

/** A hotkey that its wallet has already. */
export function hotkeyExists(wallet: string, name: string): HeadframeError {
  return new HeadframeError({
    code: 'already_exists',
    reason: 'hotkey_exists',
    message: `the wallet ${wallet} has a hotkey ${name} already`,
    remedy: `Choose another name; headframe wallets show ${wallet} tells its hotkeys.`,
    metadata: { wallet, hotkey: name },
  });
}

/** A hotkey that its wallet has not. */
export function hotkeyNotFound(wallet: string, name: string): HeadframeError {
  return new HeadframeError({
    code: 'not_found',
    reason: 'hotkey_not_found',
    message: `the wallet ${wallet} has no hotkey ${name.slice(0, 80)}`,
    remedy: `headframe wallets show ${wallet} tells its hotkeys; headframe wallets hotkeys add makes one.`,
    metadata: { wallet, hotkey: name.slice(0, 80) },
  });
}

/** A hotkey whose secret is not its key, or not there. */
export function hotkeyDamaged(wallet: string, name: string, cause?: unknown): HeadframeError {
  return new HeadframeError({
    code: 'data_loss',
    reason: 'hotkey_damaged',
    message: `the secret of the hotkey ${wallet}/${name} is not there, or not its key`,
    remedy: `Import it again: headframe wallets hotkeys rm ${wallet} ${name}, then headframe wallets hotkeys import.`,
    metadata: { wallet, hotkey: name },
    cause,
  });
}
