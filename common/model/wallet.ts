import type { Planck } from './intent.js';
import type { SecretEnvelope } from './secret.js';

/** Kinds of keys, as Substrate calls them. */
export const KEY_TYPES = ['sr25519', 'ed25519'] as const;

/** One of `KEY_TYPES`. */
export type KeyType = (typeof KEY_TYPES)[number];

/** Whose key the coordinator holds of a wallet: the coldkey's own, that of a proxy of it, or none. */
export const CUSTODIES = ['keystore', 'proxy', 'watch'] as const;

/** One of `CUSTODIES`. */
export type Custody = (typeof CUSTODIES)[number];

/** Names of wallets and of hotkeys: a hotkey's secret is called by both. */
export const WALLET_NAME = /^[a-z0-9][a-z0-9-]{0,30}$/;
/** Network prefix of the addresses that are shown: that of any Substrate chain. */
export const ADDRESS_PREFIX = 42;
/** Fewest bytes of a passphrase. */
export const LEAST_PASSPHRASE_BYTES = 8;
/** Most bytes of a passphrase. */
export const MOST_PASSPHRASE_BYTES = 1024;
/** How long a wallet stays unlocked unless asked otherwise, in milliseconds. */
export const UNLOCK_MS = 3_600_000;
/** Longest time for which a wallet is unlocked, in milliseconds. */
export const MOST_UNLOCK_MS = 24 * 3_600_000;

/** A key by what everybody may know of it. */
export interface PublicIdentity {
  /** SS58 with `ADDRESS_PREFIX`. */
  readonly address: string;
  /** Hex with 0x. */
  readonly publicKey: string;
  readonly keyType: KeyType;
}

/** A hotkey of a wallet; its key is the secret of that name, in the form of Bittensor's keyfiles. */
export interface HotkeyRecord extends PublicIdentity {
  readonly name: string;
  readonly namespace: string;
  readonly secret: string;
  readonly createdAtMs: number;
  readonly createdBy: string;
}

/** Whose transactions a proxy's key signs, and which. */
export interface ProxyFor {
  /** Of the coldkey, which stays elsewhere. */
  readonly address: string;
  /** As the chain calls them, such as `Registration` and `Staking`. */
  readonly types: readonly string[];
}

/** What a wallet may spend on a network, in the chain's smallest unit, fees and tips included. */
export interface WalletCaps {
  readonly perCall: Planck;
  /** In any 24 hours. */
  readonly perDay: Planck;
}

/** Why a wallet signs nothing until somebody has looked at it: a call of it was refused because of its coldkey itself. */
export interface WalletFreeze {
  readonly network: string;
  /** Of the intent. */
  readonly intent: string;
  readonly error: string;
  readonly atMs: number;
}

/** A wallet as the fleet keeps it: no key of it in clear. Times are unix milliseconds. */
export interface WalletRecord extends PublicIdentity {
  readonly name: string;
  readonly custody: Custody;
  /** Tells wallets apart, also where one was removed and made again. */
  readonly id: string;
  /** The keystore, which its passphrase opens, sealed like secrets are; undefined where only the address is known. */
  readonly envelope: SecretEnvelope | undefined;
  readonly proxyFor: ProxyFor | undefined;
  readonly hotkeys: readonly HotkeyRecord[];
  /** By network; on others it spends nothing. */
  readonly caps?: Readonly<Record<string, WalletCaps>> | undefined;
  readonly frozen?: WalletFreeze | undefined;
  readonly createdAtMs: number;
  readonly createdBy: string;
}
