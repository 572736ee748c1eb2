import { hasEnded } from '../../../common/model/intent.js';
import type { HotkeyRecord, WalletRecord } from '../../../common/model/wallet.js';
import type { FleetReader } from '../../fleet/port.js';
import { usersOf } from '../../security/secrets/index.js';
import { hotkeyExists, hotkeyNotFound } from './hotkey-refusals.js';
import type { MadeColdkey, MadeHotkey } from './new-wallet.js';
import { addressTaken, tooManyWallets, walletInUse, walletNotFound, walletPaying } from './refusals.js';

const MOST_WALLETS = 1_000;
const MOST_HOTKEYS = 256;

/** Keys that are about to be kept. */
interface NewKeys {
  /** The wallet that hotkeys are added to. */
  readonly wallet: WalletRecord | undefined;
  readonly coldkey: MadeColdkey | undefined;
  readonly hotkeys: readonly MadeHotkey[];
}

/** Throws `HeadframeError` (not_found, 'wallet_not_found'). */
export function findWallet(fleet: Pick<FleetReader, 'wallet'>, name: string): WalletRecord {
  const found = fleet.wallet(name);
  if (found === undefined) throw walletNotFound(name);
  return found;
}

/** Throws `HeadframeError` (not_found, 'hotkey_not_found'). */
export function findHotkey({ name: wallet, hotkeys }: WalletRecord, name: string): HotkeyRecord {
  const found = hotkeys.find((hotkey) => hotkey.name === name);
  if (found === undefined) throw hotkeyNotFound(wallet, name);
  return found;
}

/** Names of the miners that refer to the secrets of hotkeys, in order. */
export function usersOfHotkeys(fleet: Pick<FleetReader, 'miners'>, hotkeys: readonly HotkeyRecord[]): string[] {
  const users = hotkeys.flatMap(({ namespace, secret }) => usersOf(fleet, namespace, secret));
  return [...new Set(users)].sort();
}

/** Throws `HeadframeError` (failed_precondition, 'wallet_in_use') where there are users. */
export function requireUnused(what: string, users: readonly string[]): void {
  if (users.length > 0) throw walletInUse(what, users);
}

/**
 * Throws `HeadframeError` (failed_precondition, 'wallet_paying') while calls that a wallet or `wallet/hotkey` signs have not
 * come to an end: without its key they could be neither made again nor replaced.
 */
export function requireSettled(fleet: Pick<FleetReader, 'intents'>, name: string): void {
  const open = [...fleet.intents()].filter((intent) => signs(name, intent.wallet) && !hasEnded(intent));
  if (open.length > 0) throw walletPaying(name, open.map(({ id }) => id).sort());
}

/** Intents call a hotkey `wallet/hotkey`. */
function signs(name: string, wallet: string): boolean {
  return wallet === name || wallet.startsWith(`${name}/`);
}

/**
 * Lets keys in that nobody signs with yet, by any name: one key has one order of calls. Throws `HeadframeError`:
 * already_exists ('hotkey_exists', 'address_taken'), resource_exhausted ('too_many_wallets').
 */
export function requireFresh(fleet: Pick<FleetReader, 'wallets'>, { wallet, coldkey, hotkeys }: NewKeys): void {
  const wallets = [...fleet.wallets()];
  if (wallet === undefined && wallets.length >= MOST_WALLETS) throw tooManyWallets(`${String(MOST_WALLETS)} wallets`);
  const known = wallet?.hotkeys ?? [];
  if (known.length + hotkeys.length > MOST_HOTKEYS) throw tooManyWallets(`${String(MOST_HOTKEYS)} hotkeys`);
  const names = new Set(known.map(({ name }) => name));
  const taken = new Map(wallets.flatMap(signingKeys));
  if (coldkey !== undefined && coldkey.custody !== 'watch') take(taken, coldkey.address, 'the new wallet');
  for (const { name, identity } of hotkeys) {
    if (names.has(name)) throw hotkeyExists(wallet?.name ?? 'that is to be made', name);
    names.add(name);
    take(taken, identity.address, `the new hotkey ${name}`);
  }
}

function take(taken: Map<string, string>, address: string, by: string): void {
  const before = taken.get(address);
  if (before !== undefined) throw addressTaken(address, before);
  taken.set(address, by);
}

/** Who signs by which address. One that is merely watched may be there a second time. */
function signingKeys({ name, custody, address, hotkeys }: WalletRecord): [address: string, by: string][] {
  const own: [string, string][] = custody === 'watch' ? [] : [[address, `the wallet ${name}`]];
  return [...own, ...hotkeys.map((one): [string, string] => [one.address, `the hotkey ${name}/${one.name}`])];
}
