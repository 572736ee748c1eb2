import { create } from '@bufbuild/protobuf';
import { PayOptionsSchema } from '../../common/gen/headframe/v1/intent_pb.js';
import type { PayOptions } from '../../common/gen/headframe/v1/intent_pb.js';
import type { Wallets } from '../chain/wallets/index.js';
import { secretsNeedTls } from '../security/secrets/index.js';
import type { HandlerParts } from './parts.js';
import { invalidRequest } from './refuse.js';

/** A hotkey as a request names it. */
export interface NamedHotkey {
  /** SS58. */
  readonly address: string;
  /** That holds its key, and its name there; empty and undefined where only the address is known. */
  readonly wallet: string;
  readonly name: string | undefined;
  /** For people. */
  readonly text: string;
}

type Parts = Pick<HandlerParts, 'wallets'>;

const MOST_ADDRESS = 66;
const MOST_SCORES = 4_096;

/**
 * A hotkey by `wallet/hotkey` or by its address. Throws `HeadframeError`: not_found ('wallet_not_found', 'hotkey_not_found'),
 * failed_precondition ('secrets_need_tls'), invalid_argument ('request_invalid').
 */
export function hotkeyOf(parts: Parts, text: string): NamedHotkey {
  const [wallet = '', name, ...more] = text.split('/');
  if (text === '' || text.length > MOST_ADDRESS || more.length > 0 || name === '')
    throw invalidRequest({ path: 'hotkey', value: text.slice(0, 80), expected: 'WALLET/HOTKEY or an SS58 address' });
  if (name === undefined) return { address: text, wallet: '', name, text };
  return { address: walletsOf(parts).hotkey(wallet, name).address, wallet, name, text };
}

/** One whose key is here. Throws `HeadframeError` (invalid_argument, 'request_invalid'). */
export function requireOwn({ name, ...hotkey }: NamedHotkey): NamedHotkey & { readonly name: string } {
  if (name !== undefined) return { ...hotkey, name };
  const expected = 'WALLET/HOTKEY, whose key signs';
  throw invalidRequest({ path: 'hotkey', value: hotkey.text.slice(0, 80), expected });
}

/** The account of a wallet: for a proxy, that which it signs for. Throws `HeadframeError` (not_found, 'wallet_not_found'). */
export function accountOf(parts: Parts, wallet: string): string {
  const { address, proxyFor } = walletsOf(parts).get(wallet);
  return proxyFor?.address ?? address;
}

/** How a call is paid: by this wallet where none is named. */
export function payingBy(pay: PayOptions | undefined, wallet: string): PayOptions {
  const options = pay ?? create(PayOptionsSchema);
  return options.wallet === '' ? { ...options, wallet } : options;
}

/** How a call is paid that a hotkey of this wallet signs. Throws `HeadframeError` (invalid_argument, 'request_invalid'). */
export function signedIn(pay: PayOptions | undefined, wallet: string): PayOptions {
  const options = payingBy(pay, wallet);
  if (options.wallet === wallet) return options;
  const expected = `nothing, or ${wallet}: the hotkey signs`;
  throw invalidRequest({ path: 'pay.wallet', value: options.wallet.slice(0, 80), expected });
}

/** The highest price of a request. Throws `HeadframeError` (invalid_argument, 'request_invalid'). */
export function priceOf(text: string): bigint {
  if (/^\d{1,30}$/.test(text)) return BigInt(text);
  const expected = 'a whole number of the smallest unit, in decimal';
  throw invalidRequest({ path: 'highest_price_planck', value: text.slice(0, 80), expected });
}

/** Scores of a request; what they are the chain's part judges. Throws `HeadframeError` (invalid_argument, 'request_invalid'). */
export function scoresOf(scores: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const count = Object.keys(scores).length;
  if (count >= 1 && count <= MOST_SCORES) return scores;
  throw invalidRequest({ path: 'scores', value: String(count), expected: `1 to ${String(MOST_SCORES)} of them` });
}

function walletsOf({ wallets }: Parts): Wallets {
  if (wallets === undefined) throw secretsNeedTls();
  return wallets;
}
