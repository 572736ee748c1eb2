import { randomBytes } from 'node:crypto';
import type { SecretRecord } from '../../../common/model/secret.js';
import type { FleetPort, FleetReader, Transaction } from '../../fleet/port.js';
import { openSecret, sealSecret, secretDamaged } from './envelope.js';
import type { SecretKeys } from './keys.js';
import { usersOf } from './references.js';
import { secretExists, secretInUse, secretNotFound, tooManySecrets } from './refusals.js';

/** A secret by its name, and the value that it is to have. */
export interface SecretValue {
  readonly namespace: string;
  readonly name: string;
  readonly value: Uint8Array;
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
  set(secret: SecretValue, by: string): Promise<SecretRecord> {
    return this.#put(secret, by, (tx) => {
      const before = tx.secret(secret.namespace, secret.name);
      if (before !== undefined) throw secretExists(secret, before.version);
      return { version: 1, createdAtMs: tx.atMs };
    });
  }

  /** Gives one a new value. Throws `HeadframeError`: not_found ('secret_not_found'), resource_exhausted ('too_many_secrets'). */
  rotate(secret: SecretValue, by: string): Promise<SecretRecord> {
    return this.#put(secret, by, (tx) => {
      const { version, createdAtMs } = existing(tx, secret);
      return { version: version + 1, createdAtMs };
    });
  }

  /**
   * Removes one; resolves with the miners that refer to it all the same. Throws `HeadframeError`: not_found
   * ('secret_not_found'), failed_precondition ('secret_in_use') unless forced.
   */
  async remove(secret: Omit<SecretValue, 'value'>, force: boolean): Promise<readonly string[]> {
    const { namespace, name } = secret;
    const { value, durable } = this.#fleet.transact((tx) => {
      existing(tx, secret);
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
    const key = this.#keys.find(record.envelope.keyId);
    if (key === undefined) throw secretDamaged(record);
    return openSecret(record.envelope, record, key);
  }

  async #put(
    { namespace, name, value }: SecretValue,
    by: string,
    standing: (tx: Transaction) => Pick<SecretRecord, 'version' | 'createdAtMs'>,
  ): Promise<SecretRecord> {
    const { key, keep } = await this.#keys.current();
    const { value: made, durable } = this.#fleet.transact((tx) => {
      const { version, createdAtMs } = standing(tx);
      requireRoom(tx, { namespace, name }, value.length);
      const place = { namespace, name, version, valueId: randomBytes(ID_BYTES).toString('hex') };
      const times = { createdAtMs, setAtMs: tx.atMs };
      const record = { ...place, ...times, size: value.length, envelope: sealSecret(value, place, key), setBy: by };
      tx.putSecret(record);
      keep(tx);
      return record;
    });
    await durable;
    return made;
  }
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
