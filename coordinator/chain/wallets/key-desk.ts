import type { Clock } from '../../../common/model/clock.js';
import { toHeadframeError } from '../../../common/model/error.js';
import { formatDuration } from '../../../common/model/units.js';
import type { HotkeyRecord, WalletRecord } from '../../../common/model/wallet.js';
import type { FleetPort } from '../../fleet/port.js';
import type { SecretPlace, Secrets } from '../../security/secrets/index.js';
import { loadCrypto } from './crypto-library.js';
import type { CryptoLibrary } from './crypto-library.js';
import { hotkeyDamaged } from './hotkey-refusals.js';
import type { KeyPair } from './key-pair.js';
import { readOwnKeyfile } from './key-source.js';
import { openKeystore } from './keystore.js';
import { OneByOne } from './one-by-one.js';
import { unlockBackoff, walletDamaged, walletLocked, watchOnly } from './refusals.js';
import type { WalletSigner } from './signer.js';
import { findWallet } from './standing.js';
import { UnlockAttempts } from './unlock-attempts.js';
import { UnlockedKeys } from './unlocked-keys.js';

interface DeskParts {
  readonly fleet: FleetPort;
  readonly secrets: Pick<Secrets, 'unseal' | 'reveal'>;
  readonly clock: Pick<Clock, 'nowMs' | 'bootMs' | 'setTimer'>;
}

/** Opens keys, has them in memory for as long as it may, and signs with them. */
export class KeyDesk {
  readonly #parts: DeskParts;
  readonly #attempts = new UnlockAttempts();
  readonly #queue = new OneByOne();
  readonly #unlocked: UnlockedKeys;
  /** How often each wallet was locked: what was being opened meanwhile stays shut. */
  readonly #locks = new Map<string, number>();
  #closed = false;

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.#unlocked = new UnlockedKeys(parts.clock, (wallet) => {
      // Later: whoever asks may be within a transaction.
      queueMicrotask(() => {
        // It is locked all the same where the store has failed.
        this.#tellLocked(wallet, 'its time is over').catch(() => undefined);
      });
    });
  }

  /** Works with keystores, one after another: each needs 128 MB for a second. Throws `HeadframeError` ('wallets_busy'). */
  async exclusively<T>(work: (crypto: CryptoLibrary) => Promise<T>): Promise<T> {
    const crypto = await loadCrypto();
    return this.#queue.run(() => work(crypto));
  }

  /** See `Wallets.unlock`. */
  async unlock(record: WalletRecord, passphrase: Uint8Array, forMs: number): Promise<WalletRecord> {
    const locks = this.#locks.get(record.name);
    const { pair } = await this.#open(record, passphrase);
    try {
      const { value, durable } = this.#parts.fleet.transact((tx) => {
        const current = findWallet(tx, record.name);
        // Locked, or removed and perhaps made anew, meanwhile.
        const isStale = current.id !== record.id || this.#locks.get(record.name) !== locks;
        if (isStale || this.#closed) throw walletLocked(record.name);
        const text = `Wallet ${record.name}, for ${formatDuration(forMs)}.`;
        tx.event({ subject: 'fleet', id: '', reason: 'wallet_unlocked', text });
        return current;
      });
      this.#unlocked.hold(record.name, record.id, pair, forMs);
      await durable;
      return value;
    } catch (error) {
      pair.erase();
      throw error;
    }
  }

  /** Forgets the key of a wallet. */
  async lock(wallet: string): Promise<void> {
    this.#locks.set(wallet, (this.#locks.get(wallet) ?? 0) + 1);
    if (this.#unlocked.lock(wallet)) await this.#tellLocked(wallet, 'somebody locked it');
  }

  /** Forgets all of a wallet that has gone. */
  forget(wallet: string): void {
    this.#unlocked.lock(wallet);
    this.#attempts.forget(wallet);
  }

  /** See `Wallets.export`. */
  async export(record: WalletRecord, passphrase: Uint8Array): Promise<string> {
    const { pair, keystore } = await this.#open(record, passphrase);
    pair.erase();
    return keystore;
  }

  /** See `Wallets.unlockedUntilMs`. */
  unlockedUntilMs({ name, id }: WalletRecord): number | undefined {
    return this.#unlocked.untilMs(name, id);
  }

  /** See `Wallets.signer`. */
  signer({ name, id, address, envelope }: WalletRecord): WalletSigner {
    if (envelope === undefined) throw watchOnly(name);
    const pair = (): KeyPair => {
      const found = this.#unlocked.find(name, id);
      if (found === undefined) throw walletLocked(name);
      return found;
    };
    const { publicKey, keyType } = pair();
    return { address, publicKey: Uint8Array.from(publicKey), keyType, sign: (payload) => pair().sign(payload) };
  }

  /** See `Wallets.hotkeySigner`. */
  async hotkeySigner(wallet: string, hotkey: HotkeyRecord): Promise<WalletSigner> {
    const crypto = await loadCrypto();
    const using = <T>(use: (pair: KeyPair) => T): T => {
      const pair = this.#hotkeyPair(crypto, wallet, hotkey);
      try {
        return use(pair);
      } finally {
        pair.erase();
      }
    };
    const publicKey = using((pair) => Uint8Array.from(pair.publicKey));
    const { address, keyType } = hotkey;
    // Opened for each signature, so that none lies open between them.
    return { address, publicKey, keyType, sign: (payload) => using((pair) => pair.sign(payload)) };
  }

  /** Forgets all keys; none is opened after it. */
  close(): void {
    this.#closed = true;
    this.#unlocked.lockAll();
  }

  #hotkeyPair(
    crypto: CryptoLibrary,
    wallet: string,
    { name, namespace, secret, keyType, address }: HotkeyRecord,
  ): KeyPair {
    const record = this.#parts.fleet.secret(namespace, secret);
    if (record === undefined) throw hotkeyDamaged(wallet, name);
    try {
      const value = this.#parts.secrets.reveal(record);
      const pair = readOwnKeyfile(crypto, value, keyType);
      value.fill(0);
      if (pair.identity.address === address) return pair;
      pair.erase();
    } catch (cause) {
      throw hotkeyDamaged(wallet, name, cause);
    }
    throw hotkeyDamaged(wallet, name);
  }

  async #open(record: WalletRecord, passphrase: Uint8Array): Promise<{ pair: KeyPair; keystore: string }> {
    const keystore = this.#unseal(record);
    return this.exclusively(async (crypto) => {
      // In turn: of many at once, only the first would find that it may.
      const { name } = record;
      const nowMs = this.#parts.clock.bootMs();
      const waitMs = this.#attempts.waitMs(name, nowMs);
      if (waitMs > 0) throw unlockBackoff(name, waitMs);
      const pair = await openKeystore(crypto, keystore, passphrase).catch((error: unknown) => {
        if (toHeadframeError(error).reason !== 'passphrase_wrong') throw walletDamaged(name, error);
        this.#attempts.failed(name, this.#parts.clock.bootMs());
        throw error;
      });
      this.#attempts.forget(name);
      return { pair, keystore };
    });
  }

  #unseal(record: WalletRecord): string {
    if (record.envelope === undefined) throw watchOnly(record.name);
    try {
      return this.#parts.secrets.unseal(record.envelope, placeOf(record)).toString();
    } catch (error) {
      throw walletDamaged(record.name, error);
    }
  }

  async #tellLocked(wallet: string, why: string): Promise<void> {
    const text = `Wallet ${wallet}: ${why}.`;
    const { durable } = this.#parts.fleet.transact((tx) => {
      tx.event({ subject: 'fleet', id: '', reason: 'wallet_relocked', text });
    });
    await durable;
  }
}

/** What a wallet's keystore is sealed for; no namespace has such a name. */
export function placeOf({ name, id }: Pick<WalletRecord, 'name' | 'id'>): SecretPlace {
  return { namespace: ':wallets', name, version: 1, valueId: id };
}
