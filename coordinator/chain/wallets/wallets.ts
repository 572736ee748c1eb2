import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../common/model/clock.js';
import type { HotkeyRecord, WalletCaps, WalletRecord } from '../../../common/model/wallet.js';
import type { FleetPort } from '../../fleet/port.js';
import type { Secrets } from '../../security/secrets/index.js';
import { loadCrypto } from './crypto-library.js';
import type { ScryptParams } from './derive-key.js';
import { toHotkey } from './hotkeys.js';
import { KeyDesk, placeOf } from './key-desk.js';
import { makeColdkey, makeHotkey } from './new-wallet.js';
import type { MadeColdkey, MadeHotkey, NewHotkey, NewWallet } from './new-wallet.js';
import { walletExists, walletFrozen, watchOnly } from './refusals.js';
import { findHotkey, findWallet, requireFresh, requireSettled, requireUnused, usersOfHotkeys } from './standing.js';
import type { WalletSigner } from './signer.js';

/** What wallets stand on. */
export interface WalletsParts {
  readonly fleet: FleetPort;
  readonly secrets: Pick<Secrets, 'sealing' | 'unseal' | 'reveal'>;
  readonly clock: Pick<Clock, 'nowMs' | 'bootMs' | 'setTimer'>;
  /** What guessing a passphrase costs; default that of polkadot-js. */
  readonly scrypt?: ScryptParams | undefined;
}

const ID_BYTES = 12;

/**
 * The wallets of the fleet. Keys are encrypted by their passphrases and sealed before they reach the fleet's records; a change
 * is durable when it resolves.
 */
export class Wallets {
  readonly #fleet: FleetPort;
  readonly #secrets: WalletsParts['secrets'];
  readonly #desk: KeyDesk;
  readonly #scrypt: ScryptParams | undefined;

  constructor(parts: WalletsParts) {
    this.#fleet = parts.fleet;
    this.#secrets = parts.secrets;
    this.#desk = new KeyDesk(parts);
    this.#scrypt = parts.scrypt;
  }

  /**
   * Makes one. Throws `HeadframeError`: already_exists ('wallet_exists', 'address_taken'), resource_exhausted
   * ('too_many_wallets'), permission_denied ('passphrase_wrong') for a keystore, and invalid_argument for what is no key.
   */
  async create(wish: NewWallet, by: string): Promise<WalletRecord> {
    if (this.#fleet.wallet(wish.name) !== undefined) throw walletExists(wish.name);
    // Hotkeys first, which cost little and may be wrong as well.
    const hotkeys = await this.#make(wish.hotkeys, (at) => `hotkeys[${String(at)}].key`);
    try {
      const coldkey = await this.#desk.exclusively((crypto) => makeColdkey(crypto, wish, this.#scrypt));
      return await this.#keep({ name: wish.name, coldkey, hotkeys, by });
    } finally {
      eraseAll(hotkeys);
    }
  }

  /**
   * Adds a hotkey, whose key becomes a secret of its namespace. Throws `HeadframeError`: not_found ('wallet_not_found'),
   * already_exists ('hotkey_exists', 'address_taken', 'secret_exists'), and invalid_argument for what is no key.
   */
  async addHotkey(wallet: string, wish: NewHotkey, by: string): Promise<WalletRecord> {
    findWallet(this.#fleet, wallet);
    const made = await this.#make([wish], () => 'hotkey.key');
    try {
      const sealing = await this.#secrets.sealing();
      const { value, durable } = this.#fleet.transact((tx) => {
        const before = findWallet(tx, wallet);
        requireFresh(tx, { wallet: before, coldkey: undefined, hotkeys: made });
        const added = made.map((one) => toHotkey(tx, { wallet, by, sealing }, one));
        const record = { ...before, hotkeys: inOrder([...before.hotkeys, ...added]) };
        tx.putWallet(record);
        tx.event({ subject: 'fleet', id: '', reason: 'hotkey_added', text: `Hotkey ${wish.name} of ${wallet}.` });
        return record;
      });
      await durable;
      return value;
    } finally {
      eraseAll(made);
    }
  }

  /**
   * Removes a hotkey and its secret; resolves with the miners that refer to it all the same. Throws `HeadframeError`: not_found
   * ('wallet_not_found', 'hotkey_not_found'), failed_precondition ('wallet_in_use', 'wallet_paying') unless forced.
   */
  async removeHotkey(wallet: string, name: string, force: boolean): Promise<readonly string[]> {
    const { value, durable } = this.#fleet.transact((tx) => {
      const before = findWallet(tx, wallet);
      const hotkey = findHotkey(before, name);
      const users = usersOfHotkeys(tx, [hotkey]);
      if (!force) {
        requireUnused(`the hotkey ${wallet}/${name}`, users);
        requireSettled(tx, `${wallet}/${name}`);
      }
      if (tx.secret(hotkey.namespace, hotkey.secret) !== undefined) tx.removeSecret(hotkey.namespace, hotkey.secret);
      tx.putWallet({ ...before, hotkeys: before.hotkeys.filter((one) => one !== hotkey) });
      tx.event({ subject: 'fleet', id: '', reason: 'hotkey_removed', text: `Hotkey ${name} of ${wallet}.` });
      return users;
    });
    await durable;
    return value;
  }

  /**
   * Removes a wallet with the secrets of its hotkeys; resolves with the miners that refer to them all the same. Throws
   * `HeadframeError`: not_found ('wallet_not_found'), failed_precondition ('wallet_in_use', 'wallet_paying') unless forced.
   */
  async remove(name: string, force: boolean): Promise<readonly string[]> {
    const { value, durable } = this.#fleet.transact((tx) => {
      const { hotkeys } = findWallet(tx, name);
      const users = usersOfHotkeys(tx, hotkeys);
      if (!force) {
        requireUnused(`hotkeys of the wallet ${name}`, users);
        requireSettled(tx, name);
      }
      for (const { namespace, secret } of hotkeys)
        if (tx.secret(namespace, secret) !== undefined) tx.removeSecret(namespace, secret);
      tx.removeWallet(name);
      tx.event({ subject: 'fleet', id: '', reason: 'wallet_removed', text: `Wallet ${name}.` });
      return users;
    });
    this.#desk.forget(name);
    await durable;
    return value;
  }

  /**
   * Opens the key of a wallet for a time. Throws `HeadframeError`: not_found ('wallet_not_found'), failed_precondition
   * ('wallet_watch_only'), permission_denied ('passphrase_wrong'), resource_exhausted ('unlock_backoff', 'wallets_busy'),
   * data_loss ('wallet_damaged').
   */
  async unlock(name: string, passphrase: Uint8Array, forMs: number): Promise<WalletRecord> {
    return this.#desk.unlock(findWallet(this.#fleet, name), passphrase, forMs);
  }

  /** Forgets the key of a wallet. Throws `HeadframeError` (not_found, 'wallet_not_found'). */
  async lock(name: string): Promise<WalletRecord> {
    const record = findWallet(this.#fleet, name);
    await this.#desk.lock(name);
    return record;
  }

  /** The keystore of a wallet, encrypted as it is kept, for whoever knows its passphrase. Throws like `unlock`. */
  async export(name: string, passphrase: Uint8Array): Promise<string> {
    return this.#desk.export(findWallet(this.#fleet, name), passphrase);
  }

  /** A wallet as it is kept. Throws `HeadframeError` (not_found, 'wallet_not_found'). */
  get(name: string): WalletRecord {
    return findWallet(this.#fleet, name);
  }

  /** A hotkey as it is kept. Throws `HeadframeError` (not_found: 'wallet_not_found', 'hotkey_not_found'). */
  hotkey(wallet: string, name: string): HotkeyRecord {
    return findHotkey(findWallet(this.#fleet, wallet), name);
  }

  /** Throws `HeadframeError`: not_found ('wallet_not_found'), failed_precondition ('wallet_watch_only', 'wallet_frozen'). */
  requireKey(name: string): void {
    const { custody, frozen } = findWallet(this.#fleet, name);
    if (custody === 'watch') throw watchOnly(name);
    if (frozen !== undefined) throw walletFrozen(name, frozen);
  }

  /** Lets a wallet sign again. Throws `HeadframeError` (not_found, 'wallet_not_found'). */
  async unfreeze(name: string): Promise<WalletRecord> {
    const { value, durable } = this.#fleet.transact((tx) => {
      const before = findWallet(tx, name);
      if (before.frozen === undefined) return before;
      const { frozen: _frozen, ...record } = before;
      tx.putWallet(record);
      tx.event({ subject: 'fleet', id: '', reason: 'wallet_unfrozen', text: `Wallet ${name} signs again.` });
      return record;
    });
    await durable;
    return value;
  }

  /**
   * Says what a wallet may spend on a network, or with undefined that it may spend nothing there. Throws `HeadframeError`
   * (not_found, 'wallet_not_found').
   */
  async setCaps(name: string, network: string, caps: WalletCaps | undefined): Promise<WalletRecord> {
    const { value, durable } = this.#fleet.transact((tx) => {
      const before = findWallet(tx, name);
      const { [network]: _before, ...others } = before.caps ?? {};
      const record = { ...before, caps: caps === undefined ? others : { ...others, [network]: caps } };
      tx.putWallet(record);
      const said = caps === undefined ? 'nothing' : `${caps.perCall} per call and ${caps.perDay} per day, in planck`;
      const text = `Wallet ${name} may spend ${said} on ${network}.`;
      tx.event({ subject: 'fleet', id: '', reason: 'wallet_caps_set', text });
      return record;
    });
    await durable;
    return value;
  }

  /** Unix milliseconds at which a wallet locks itself; undefined when it is locked or not there. */
  unlockedUntilMs(name: string): number | undefined {
    const record = this.#fleet.wallet(name);
    return record && this.#desk.unlockedUntilMs(record);
  }

  /**
   * Signs with the key of a wallet, which is that of a proxy where the wallet says so. Throws `HeadframeError`: not_found
   * ('wallet_not_found'), failed_precondition ('wallet_locked', 'wallet_watch_only').
   */
  signer(name: string): WalletSigner {
    return this.#desk.signer(findWallet(this.#fleet, name));
  }

  /**
   * Signs with a hotkey, which needs no passphrase. Throws `HeadframeError`: not_found ('wallet_not_found', 'hotkey_not_found'),
   * data_loss ('hotkey_damaged').
   */
  async hotkeySigner(wallet: string, hotkey: string): Promise<WalletSigner> {
    return this.#desk.hotkeySigner(wallet, findHotkey(findWallet(this.#fleet, wallet), hotkey));
  }

  /** Forgets all keys. */
  close(): Promise<void> {
    this.#desk.close();
    return Promise.resolve();
  }

  async #make(wishes: readonly NewHotkey[], pathOf: (at: number) => string): Promise<readonly MadeHotkey[]> {
    if (wishes.length === 0) return [];
    const crypto = await loadCrypto();
    return wishes.map((wish, at) => makeHotkey(crypto, wish, pathOf(at)));
  }

  async #keep(wallet: FreshWallet): Promise<WalletRecord> {
    const sealing = await this.#secrets.sealing();
    const { value, durable } = this.#fleet.transact((tx) => {
      const { name, coldkey, hotkeys, by } = wallet;
      if (tx.wallet(name) !== undefined) throw walletExists(name);
      requireFresh(tx, { wallet: undefined, coldkey, hotkeys });
      const { keystore, ...identity } = coldkey;
      const id = randomBytes(ID_BYTES).toString('hex');
      const record: WalletRecord = {
        ...identity,
        ...{ name, id, createdAtMs: tx.atMs, createdBy: by },
        envelope: keystore === undefined ? undefined : sealing.seal(tx, Buffer.from(keystore), placeOf({ name, id })),
        hotkeys: inOrder(hotkeys.map((one) => toHotkey(tx, { wallet: name, by, sealing }, one))),
      };
      tx.putWallet(record);
      const text = `Wallet ${name} (${record.custody}), ${record.address}.`;
      tx.event({ subject: 'fleet', id: '', reason: 'wallet_created', text });
      return record;
    });
    await durable;
    return value;
  }
}

interface FreshWallet {
  readonly name: string;
  readonly coldkey: MadeColdkey;
  readonly hotkeys: readonly MadeHotkey[];
  readonly by: string;
}

function inOrder(hotkeys: readonly HotkeyRecord[]): HotkeyRecord[] {
  return [...hotkeys].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function eraseAll(hotkeys: readonly MadeHotkey[]): void {
  for (const { keyfile } of hotkeys) keyfile.fill(0);
}
