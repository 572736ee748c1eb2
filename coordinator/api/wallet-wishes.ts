import { z } from 'zod';
import type {
  CreateWalletRequest,
  KeySource,
  NewHotkey as WireHotkey,
  SetWalletCapsRequest,
} from '../../common/gen/headframe/v1/wallet_service_pb.js';
import { DEFAULT_NAMESPACE } from '../../common/model/namespace.js';
import { MOST_UNLOCK_MS, UNLOCK_MS, WALLET_NAME } from '../../common/model/wallet.js';
import type { WalletCaps } from '../../common/model/wallet.js';
import { KEY_TYPE } from '../../common/wire/client.js';
import { numberFromWire } from '../../common/wire/numbers.js';
import type { ColdkeySource, NewHotkey, NewWallet } from '../chain/wallets/index.js';
import { checked } from './checked.js';
import { invalidRequest } from './refuse.js';

const MOST_HOTKEYS_AT_ONCE = 32;

const name = z.string().regex(WALLET_NAME, '1-31 characters of a-z, 0-9 and -, beginning with a letter or digit');
const proxyTypes = z
  .array(z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,39}$/, 'a proxy type of the chain, such as Registration'))
  .max(8, 'at most 8');
const hotkeys = z
  .array(z.object({ name }))
  .max(MOST_HOTKEYS_AT_ONCE, `at most ${String(MOST_HOTKEYS_AT_ONCE)} at once`);
const walletSchema = z.object({ name, proxyTypes, hotkeys });
const hotkeySchema = z.object({ wallet: name, hotkey: z.object({ name }) });
const unlockMsSchema = z.object({ forMs: z.int().min(1_000, 'at least 1s').max(MOST_UNLOCK_MS, 'at most 24h') });

/** A wallet as it is asked for. Throws `HeadframeError` (invalid_argument, 'request_invalid') by field. */
export function walletWish(asked: CreateWalletRequest): NewWallet {
  checked(walletSchema, asked);
  const { coldkey: source, proxyFor: address, passphrase } = asked;
  const proxyFor = address === '' ? undefined : { address, types: [...new Set(asked.proxyTypes)] };
  if (proxyFor === undefined && asked.proxyTypes.length > 0)
    throw invalidRequest({ path: 'proxy_for', expected: 'the address of the coldkey whose proxy the key is' });
  if (proxyFor?.types.length === 0)
    throw invalidRequest({ path: 'proxy_types', expected: 'at least one, such as Registration and Staking' });
  const coldkey = coldkeyOf(source);
  if (coldkey.kind === 'watch' && (proxyFor !== undefined || passphrase.length > 0))
    throw invalidRequest({ path: 'watch_address', expected: 'no passphrase and no proxy beside it' });
  return { name: asked.name, coldkey, passphrase, proxyFor, hotkeys: asked.hotkeys.map(hotkeyOf) };
}

/** A hotkey as it is asked for. Throws like `walletWish`. */
export function hotkeyWish(wallet: string, hotkey: WireHotkey | undefined): NewHotkey {
  checked(hotkeySchema, { wallet, hotkey: { name: hotkey?.name ?? '' } });
  return hotkey === undefined ? missing('hotkey') : hotkeyOf(hotkey, undefined);
}

/** Milliseconds for which a wallet is to be unlocked. Throws like `walletWish`. */
export function unlockMs(forMs: bigint): number {
  const asked = numberFromWire(forMs, 'for_ms');
  return checked(unlockMsSchema, { forMs: asked === 0 ? UNLOCK_MS : asked }).forMs;
}

const planckField = z.string().regex(/^\d{1,30}$/, 'a whole number of the smallest unit, in decimal');
const capsSchema = z
  .object({ perCall: planckField, perDay: planckField })
  .refine(({ perCall, perDay }) => BigInt(perDay) >= BigInt(perCall), {
    path: ['perDay'],
    message: 'at least what one call may cost',
  });

/** What a wallet may spend; undefined for nothing. Throws `HeadframeError` (invalid_argument, 'request_invalid'). */
export function capsWish({
  perCallPlanck: perCall,
  perDayPlanck: perDay,
}: SetWalletCapsRequest): WalletCaps | undefined {
  return perCall === '' && perDay === '' ? undefined : checked(capsSchema, { perCall, perDay });
}

/** Overwrites the keys and passphrases of a request that has been answered. */
export function eraseWish(...sources: readonly (Uint8Array | KeySource | undefined)[]): void {
  for (const source of sources) (source instanceof Uint8Array ? source : source?.source.value)?.fill(0);
}

function coldkeyOf(source: CreateWalletRequest['coldkey']): ColdkeySource {
  if (source.case === 'watchAddress') return { kind: 'watch', address: source.value };
  if (source.case === undefined) return missing('key');
  const { source: key } = source.value;
  if (key.case === 'keystore') return { kind: 'keystore', bytes: key.value };
  return { kind: 'key', key: rawKey(source.value, 'key') };
}

function hotkeyOf({ name: called, namespace, key }: WireHotkey, at: number | undefined): NewHotkey {
  const path = at === undefined ? 'hotkey.key' : `hotkeys[${String(at)}].key`;
  if (key === undefined) return missing(path);
  return { name: called, namespace: namespace || DEFAULT_NAMESPACE, key: rawKey(key, path) };
}

function rawKey({ source, keyType }: KeySource, path: string): NewHotkey['key'] {
  if (source.case === undefined) return missing(path);
  if (source.case === 'keystore')
    throw invalidRequest({ path: `${path}.keystore`, expected: 'the mnemonic, seed or keyfile of a hotkey' });
  const type = keyType === 0 ? 'sr25519' : KEY_TYPE.fromWire(keyType, `${path}.key_type`);
  return { form: source.case, bytes: source.value, keyType: type };
}

function missing(path: string): never {
  throw invalidRequest({ path, expected: 'a mnemonic, seed, keyfile or keystore' });
}
