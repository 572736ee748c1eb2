import { create } from '@bufbuild/protobuf';
import {
  HotkeySchema,
  KeyType as WireKeyType,
  WalletCapsSchema,
  WalletCustody as WireCustody,
  WalletSchema,
} from '../gen/headframe/v1/wallet_service_pb.js';
import type {
  Hotkey,
  Wallet,
  WalletCaps as WalletCapsMessage,
  WalletFreeze as WalletFreezeMessage,
} from '../gen/headframe/v1/wallet_service_pb.js';
import type { Custody, HotkeyRecord, KeyType, WalletCaps, WalletFreeze, WalletRecord } from '../model/wallet.js';
import { enumTable } from './enum-table.js';
import type { EnumTable } from './enum-table.js';
import { numberFromWire, numberToWire } from './numbers.js';

/** Kinds of keys. */
export const KEY_TYPE: EnumTable<KeyType, WireKeyType> = enumTable({
  sr25519: WireKeyType.SR25519,
  ed25519: WireKeyType.ED25519,
});

const CUSTODY: EnumTable<Custody, WireCustody> = enumTable({
  keystore: WireCustody.KEYSTORE,
  proxy: WireCustody.PROXY,
  watch: WireCustody.WATCH,
});

/** A hotkey as people see it: who uses it, and nothing of its key. */
export interface HotkeyView extends HotkeyRecord {
  /** Names of the miners that refer to its secret. */
  readonly miners: readonly string[];
}

/** What a wallet may spend on a network, and has; decimal texts, in the smallest unit of its token. */
export interface CapsView extends WalletCaps {
  readonly network: string;
  /** In the last 24 hours, what is promised included. */
  readonly spent: string;
  readonly tokenSymbol: string;
  readonly decimals?: number | undefined;
}

/** A wallet as people see it, without its key. */
export interface WalletView extends Omit<WalletRecord, 'id' | 'envelope' | 'hotkeys' | 'caps'> {
  /** Undefined while it is locked. */
  readonly unlockedUntilMs: number | undefined;
  readonly hotkeys: readonly HotkeyView[];
  /** By network. */
  readonly caps: readonly CapsView[];
}

/** Puts a wallet on the wire. */
export function walletToWire(view: WalletView): Wallet {
  const { name, address, publicKey, proxyFor, createdBy } = view;
  return create(WalletSchema, {
    ...{ name, address, publicKey, createdBy },
    custody: CUSTODY.toWire(view.custody),
    keyType: KEY_TYPE.toWire(view.keyType),
    proxyFor: proxyFor?.address ?? '',
    proxyTypes: [...(proxyFor?.types ?? [])],
    hotkeys: view.hotkeys.map(hotkeyToWire),
    caps: view.caps.map(capsToWire),
    ...(view.frozen === undefined ? {} : { frozen: freezeToWire(view.frozen) }),
    unlockedUntilMs: numberToWire(view.unlockedUntilMs ?? 0, 'unlockedUntilMs'),
    createdAtMs: numberToWire(view.createdAtMs, 'createdAtMs'),
  });
}

/** Reads a wallet as the coordinator sends it. Throws HeadframeError (invalid_argument: 'number_out_of_range', 'unknown_value'). */
export function walletFromWire(wallet: Wallet): WalletView {
  const { name, address, publicKey, createdBy, proxyFor, proxyTypes } = wallet;
  const untilMs = numberFromWire(wallet.unlockedUntilMs, 'unlockedUntilMs');
  return {
    ...{ name, address, publicKey, createdBy },
    custody: CUSTODY.fromWire(wallet.custody, 'custody'),
    keyType: KEY_TYPE.fromWire(wallet.keyType, 'keyType'),
    proxyFor: proxyFor === '' ? undefined : { address: proxyFor, types: proxyTypes },
    hotkeys: wallet.hotkeys.map(hotkeyFromWire),
    caps: wallet.caps.map(capsFromWire),
    frozen: wallet.frozen && freezeFromWire(wallet.frozen),
    unlockedUntilMs: untilMs === 0 ? undefined : untilMs,
    createdAtMs: numberFromWire(wallet.createdAtMs, 'createdAtMs'),
  };
}

function freezeToWire({ network, intent, error, atMs }: WalletFreeze) {
  return { network, intent, error, atMs: numberToWire(atMs, 'frozen.atMs') };
}

function freezeFromWire({ network, intent, error, atMs }: WalletFreezeMessage): WalletFreeze {
  return { network, intent, error, atMs: numberFromWire(atMs, 'frozen.atMs') };
}

function capsToWire({ network, perCall, perDay, spent, tokenSymbol, decimals }: CapsView): WalletCapsMessage {
  const planck = { perCallPlanck: perCall, perDayPlanck: perDay, spentPlanck: spent };
  return create(WalletCapsSchema, {
    ...{ network, tokenSymbol, ...planck },
    ...(decimals === undefined ? {} : { decimals }),
  });
}

function capsFromWire({ perCallPlanck, perDayPlanck, spentPlanck, ...caps }: WalletCapsMessage): CapsView {
  const { network, tokenSymbol, decimals } = caps;
  return { network, tokenSymbol, decimals, perCall: perCallPlanck, perDay: perDayPlanck, spent: spentPlanck };
}

function hotkeyToWire({ name, namespace, secret, address, publicKey, createdBy, ...view }: HotkeyView): Hotkey {
  return create(HotkeySchema, {
    ...{ name, namespace, secret, address, publicKey, createdBy },
    keyType: KEY_TYPE.toWire(view.keyType),
    miners: [...view.miners],
    createdAtMs: numberToWire(view.createdAtMs, 'createdAtMs'),
  });
}

function hotkeyFromWire({
  name,
  namespace,
  secret,
  address,
  publicKey,
  createdBy,
  miners,
  ...rest
}: Hotkey): HotkeyView {
  return {
    ...{ name, namespace, secret, address, publicKey, createdBy, miners },
    keyType: KEY_TYPE.fromWire(rest.keyType, 'keyType'),
    createdAtMs: numberFromWire(rest.createdAtMs, 'createdAtMs'),
  };
}
