import type { HotkeyRecord } from '../../../common/model/wallet.js';
import type { Transaction } from '../../fleet/port.js';
import type { Sealing } from '../../security/secrets/index.js';
import type { MadeHotkey } from './new-wallet.js';

/** Puts the key of a hotkey among the secrets, and gives what its wallet knows of it. Throws what `Sealing.set` throws. */
export function toHotkey(
  tx: Transaction,
  { wallet, by, sealing }: { readonly wallet: string; readonly by: string; readonly sealing: Sealing },
  { name, namespace, identity, keyfile }: MadeHotkey,
): HotkeyRecord {
  // Neither name has a dot, so that no two hotkeys have one secret.
  const secret = `${wallet}.${name}`;
  sealing.set(tx, { namespace, name: secret, value: keyfile }, by);
  return { ...identity, name, namespace, secret, createdAtMs: tx.atMs, createdBy: by };
}
