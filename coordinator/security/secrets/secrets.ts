import { randomBytes } from 'node:crypto';
import type { SecretEnvelope, SecretRecord } from '../../../common/model/secret.js';
import type { FleetPort, FleetReader, Transaction } from '../../fleet/port.js';
import { openSecret, sealSecret, secretDamaged } from './envelope.js';
import type { SecretPlace, WrappingKey } from './envelope.js';
import type { SecretKeys } from './keys.js';
import { hotkeyOf, usersOf } from './references.js';
import { secretExists, secretInUse, secretNotFound, secretOfWallet, tooManySecrets } from './refusals.js';

/** A secret by its name, and the value that it is to have. */
export interface SecretValue {
  readonly namespace: string;
  readonly name: string;
  readonly value: Uint8Array;
}

/** Seals within a transaction of somebody else's; good for that one. */
export interface Sealing {
  /** Makes a secret. Throws like `Secrets.set`. */
  readonly set: (tx: Transaction, secret: SecretValue, by: string) => SecretRecord;
  /** Seals what is no secret of a namespace but is kept like one; `Secrets.unseal` opens it, for the same place. */
  readonly seal: (tx: Transaction, value: Uint8Array, place: SecretPlace) => SecretEnvelope;
}

const MOST_IN_NAMESPACE = 1_000;
/** Of all values together: they stay in memory, sealed. */
const MOST_BYTES = 64 * 2 ** 20;
const ID_BYTES = 12;

/** The secrets of the fleet. Values are sealed before they reach the fleet's records; a change is durable when it resolves. */
export class Secrets {
  readonly #fleet: FleetPort;
  readonly #keys: SecretKeys;

  constructor(fleet: FleetPort, keys: SecretKeys) {
    this.#fleet = fleet;
    this.#keys = keys;
  }

  /** Makes one. Throws `HeadframeError`: already_exists ('secret_exists'), resource_exhausted ('too_many_secrets'). */
  async set(secret: SecretValue, by: string): Promise<SecretRecord> {
    const { set } = await this.sealing();
    const { value, durable } = this.#fleet.transact((tx) => set(tx, secret, by));
    await durable;
    return value;
  }

  /**
   * Gives one a new value. Throws `HeadframeError`: not_found ('secret_not_found'), resource_exhausted ('too_many_secrets'),
   * failed_precondition ('secret_of_wallet') for the key of a hotkey.
   */
  async rotate(secret: SecretValue, by: string): Promise<SecretRecord> {
    const { key, keep } = await this.#keys.current();
    const { value, durable } = this.#fleet.transact((tx) => {
      const { version, createdAtMs } = existing(tx, secret);
      requireNoHotkey(tx, secret);
      keep(tx);
      return putSecret(tx, key, secret, { version: version + 1, createdAtMs, setBy: by });
    });
    await durable;
    return value;
  }

  /** What seals within a transaction of the caller's. */
  async sealing(): Promise<Sealing> {
    const { key, keep } = await this.#keys.current();
    return {
      set: (tx, secret, by) => {
        const before = tx.secret(secret.namespace, secret.name);
        if (before !== undefined) throw secretExists(secret, before.version);
        keep(tx);
        return putSecret(tx, key, secret, { version: 1, createdAtMs: tx.atMs, setBy: by });
      },
      seal: (tx, value, place) => {
        keep(tx);
        return sealSecret(value, place, key);
      },
    };
  }

  /**
   * Removes one; resolves with the miners that refer to it all the same. Throws `HeadframeError`: not_found
   * ('secret_not_found'), failed_precondition ('secret_in_use') unless forced, and ('secret_of_wallet') for the key of a hotkey.
   */
  async remove(secret: Omit<SecretValue, 'value'>, force: boolean): Promise<readonly string[]> {
    const { namespace, name } = secret;
    const { value, durable } = this.#fleet.transact((tx) => {
      existing(tx, secret);
      requireNoHotkey(tx, secret);
      const users = usersOf(tx, namespace, name);
      if (users.length > 0 && !force) throw secretInUse(secret, users);
      tx.removeSecret(namespace, name);
      return users;
    });
    await durable;
    return value;
  }

  /** The value of a secret. Throws `HeadframeError` (data_loss, 'secret_damaged'). */
  reveal(record: SecretRecord): Buffer {
    return this.unseal(record.envelope, record);
  }

  /** Opens what was sealed for this place. Throws like `reveal`. */
  unseal(envelope: SecretEnvelope, place: SecretPlace): Buffer {
    const key = this.#keys.find(envelope.keyId);
    if (key === undefined) throw secretDamaged(place);
    return openSecret(envelope, place, key);
  }
}

function putSecret(
  tx: Transaction,
  key: WrappingKey,
  { namespace, name, value }: SecretValue,
  standing: Pick<SecretRecord, 'version' | 'createdAtMs' | 'setBy'>,
): SecretRecord {
  requireRoom(tx, { namespace, name }, value.length);
  const place = { namespace, name, version: standing.version, valueId: randomBytes(ID_BYTES).toString('hex') };
  const sealed = { size: value.length, envelope: sealSecret(value, place, key) };
  const record = { ...place, ...sealed, ...standing, setAtMs: tx.atMs };
  tx.putSecret(record);
  return record;
}

/** Its wallet would know another key than the secret has. */
function requireNoHotkey(tx: FleetReader, secret: Omit<SecretValue, 'value'>): void {
  const hotkey = hotkeyOf(tx, secret.namespace, secret.name);
  if (hotkey !== undefined) throw secretOfWallet(secret, hotkey);
}

function existing(tx: FleetReader, secret: Omit<SecretValue, 'value'>): SecretRecord {
  const found = tx.secret(secret.namespace, secret.name);
  if (found === undefined) throw secretNotFound(secret);
  return found;
}

function requireRoom(tx: FleetReader, { namespace, name }: Omit<SecretValue, 'value'>, size: number): void {
  let [count, bytes] = [1, size];
  for (const other of tx.secrets()) {
    const isItself = other.namespace === namespace && other.name === name;
    if (isItself) continue;
    if (other.namespace === namespace) count += 1;
    bytes += other.size;
  }
  if (count > MOST_IN_NAMESPACE) throw tooManySecrets(`${String(MOST_IN_NAMESPACE)} secrets in ${namespace}`);
  if (bytes > MOST_BYTES) throw tooManySecrets(`secrets of ${String(MOST_BYTES / 2 ** 20)} MiB`);
}
