import type { WalletRecord } from '../../../common/model/wallet.js';
import { WALLET_NAME } from '../../../common/model/wallet.js';
import type { FleetReader } from '../../fleet/port.js';
import { readAddress } from './address.js';
import { loadCrypto } from './crypto-library.js';
import { findHotkey, findWallet } from './standing.js';

/** A hotkey by its address, and by the name that it has here. */
export interface NamedHotkey {
  /** SS58. */
  readonly address: string;
  /** `wallet/hotkey`; empty for one of no wallet here. */
  readonly name: string;
}

/** The account whose funds and stake a wallet has to do with: that which it is a proxy of, or its own. */
export function coldkeyOf({ address, proxyFor }: Pick<WalletRecord, 'address' | 'proxyFor'>): string {
  return proxyFor?.address ?? address;
}

/**
 * The hotkey that somebody means by `wallet/hotkey`, by the name of a hotkey of this wallet, or by an address. Throws
 * `HeadframeError`: not_found ('wallet_not_found', 'hotkey_not_found'), invalid_argument ('address_invalid') of the field `path`.
 */
export async function meantHotkey(
  fleet: Pick<FleetReader, 'wallet' | 'wallets'>,
  text: string,
  { wallet, path }: { readonly wallet: WalletRecord | undefined; readonly path: string },
): Promise<NamedHotkey> {
  const [first = '', second] = text.split('/', 2);
  if (second !== undefined) return named(findWallet(fleet, first), second);
  if (wallet !== undefined && WALLET_NAME.test(text)) return named(wallet, text);
  const { address } = readAddress(await loadCrypto(), text, path);
  return { address, name: hotkeyNames(fleet).get(address) ?? '' };
}

/** An address as it is written here. Throws `HeadframeError` (invalid_argument, 'address_invalid') of the field `path`. */
export async function meantAddress(text: string, path: string): Promise<string> {
  return readAddress(await loadCrypto(), text, path).address;
}

/** The names of all hotkeys, by address. */
export function hotkeyNames(fleet: Pick<FleetReader, 'wallets'>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { name: wallet, hotkeys } of fleet.wallets())
    for (const { address, name } of hotkeys) names.set(address, `${wallet}/${name}`);
  return names;
}

function named(wallet: WalletRecord, hotkey: string): NamedHotkey {
  return { address: findHotkey(wallet, hotkey).address, name: `${wallet.name}/${hotkey}` };
}
