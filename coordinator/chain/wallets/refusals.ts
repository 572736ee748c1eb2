import { HeadframeError } from '../../../common/model/error.js';
import type { FieldViolation } from '../../../common/model/error.js';
import { formatDuration } from '../../../common/model/units.js';
import type { WalletFreeze } from '../../../common/model/wallet.js';

/** A key, address or passphrase that is refused; the violation must have nothing of a key. */
export function keyInvalid(reason: string, violation: FieldViolation): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason,
    message: `${violation.path}: expected ${violation.expected}`,
    ...(violation.remedy === undefined ? {} : { remedy: violation.remedy }),
    violations: [violation],
  });
}

/** A passphrase that opens nothing. */
export function passphraseWrong(): HeadframeError {
  return new HeadframeError({
    code: 'permission_denied',
    reason: 'passphrase_wrong',
    message: 'the passphrase does not open the keystore',
    remedy: 'Try the right one. After three wrong ones each next try has to wait.',
    violations: [{ path: 'passphrase', expected: 'the passphrase of the keystore' }],
  });
}

/** A wallet that is not tried for a while. */
export function unlockBackoff(name: string, waitMs: number): HeadframeError {
  const wait = formatDuration(Math.ceil(waitMs / 1000) * 1000);
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'unlock_backoff',
    message: `too many wrong passphrases for the wallet ${name}`,
    remedy: `Wait ${wait} before the next try.`,
    metadata: { wallet: name, wait_ms: String(Math.ceil(waitMs)) },
  });
}

/** More passphrases at once than are tried one after another. */
export function walletsBusy(): HeadframeError {
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'wallets_busy',
    message: 'too many keystores are being opened at once',
    remedy: 'Try again in a few seconds: they are opened one after another.',
  });
}

/** A wallet that is there already. */
export function walletExists(name: string): HeadframeError {
  return new HeadframeError({
    code: 'already_exists',
    reason: 'wallet_exists',
    message: `the wallet ${name} is there already`,
    remedy: 'Choose another name; headframe wallets show tells what it is.',
    metadata: { wallet: name },
  });
}

/** The key of a wallet that is there already by another name. */
export function addressTaken(address: string, by: string): HeadframeError {
  return new HeadframeError({
    code: 'already_exists',
    reason: 'address_taken',
    message: `the key of ${address} is there already: ${by}`,
    remedy: 'Use that one: calls of one key are ordered only where it has one name.',
    metadata: { address },
  });
}

/** A wallet that is not there. */
export function walletNotFound(name: string): HeadframeError {
  return new HeadframeError({
    code: 'not_found',
    reason: 'wallet_not_found',
    message: `there is no wallet ${name.slice(0, 80)}`,
    remedy: 'headframe wallets ls shows all; headframe wallets create makes one.',
    metadata: { wallet: name.slice(0, 80) },
  });
}

/** A wallet that signs nothing until somebody has looked at it. */
export function walletFrozen(name: string, { network, intent, error }: WalletFreeze): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'wallet_frozen',
    message: `the wallet ${name} is frozen: the intent ${intent} was refused on ${network} with ${error}`,
    remedy: `Find out who changes or disputes its coldkey; if it is you, let it sign again: headframe wallets unfreeze ${name}.`,
    metadata: { wallet: name, class: 'security_stop', intent },
  });
}

/** A wallet that would have to sign and cannot. */
export function walletLocked(name: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'wallet_locked',
    message: `the wallet ${name} is locked`,
    remedy: `Unlock it: headframe wallets unlock ${name}.`,
    metadata: { wallet: name },
  });
}

/** A wallet of which there is only an address. */
export function watchOnly(name: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'wallet_watch_only',
    message: `of the wallet ${name} only the address is known`,
    remedy: 'Import its key, or better that of a proxy of it, under another name.',
    metadata: { wallet: name },
  });
}

/** A keystore that is not what it was. */
export function walletDamaged(name: string, cause?: unknown): HeadframeError {
  return new HeadframeError({
    code: 'data_loss',
    reason: 'wallet_damaged',
    message: `the keystore of the wallet ${name} cannot be opened`,
    remedy: `Import it again: headframe wallets rm ${name}, then headframe wallets import ${name}.`,
    metadata: { wallet: name },
    cause,
  });
}

/** A wallet, or a hotkey of it, whose secrets miners refer to. */
export function walletInUse(what: string, miners: readonly string[]): HeadframeError {
  const count = miners.length === 1 ? '1 miner refers' : `${String(miners.length)} miners refer`;
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'wallet_in_use',
    message: `${count} to ${what}: ${miners.slice(0, 5).join(', ')}`,
    remedy:
      'Apply them without it first; --force removes it all the same: what runs keeps its file, what starts anew waits.',
    metadata: { miners: String(miners.length) },
  });
}

/** A wallet whose calls are under way. */
export function walletPaying(name: string, intents: readonly string[]): HeadframeError {
  const count = intents.length === 1 ? '1 call' : `${String(intents.length)} calls`;
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'wallet_paying',
    message: `${count} of the wallet ${name} has not come to an end: ${intents.slice(0, 5).join(', ')}`,
    remedy:
      'Wait until all are finalised or have failed; --force removes it all the same, and they are not made again.',
    metadata: { wallet: name, intents: String(intents.length) },
  });
}

/** More than the coordinator keeps. */
export function tooManyWallets(most: string): HeadframeError {
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'too_many_wallets',
    message: `there are ${most} already`,
    remedy: 'Remove those that nothing uses: headframe wallets ls.',
  });
}
