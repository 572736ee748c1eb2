import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { HeadframeError } from '../../../common/model/error.js';
import type { SecretEnvelope, SecretRecord } from '../../../common/model/secret.js';

/** A key that wraps the keys of values. */
export interface WrappingKey {
  readonly id: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

/** Which value it is: sealed values cannot stand for one another. */
export type SecretPlace = Pick<SecretRecord, 'namespace' | 'name' | 'version' | 'valueId'>;

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Seals a value under a data key of its own, and that key under the wrapping key. */
export function sealSecret(value: Uint8Array, place: SecretPlace, wrapping: WrappingKey): SecretEnvelope {
  const dataKey = randomBytes(KEY_BYTES);
  try {
    return {
      keyId: wrapping.id,
      dataKey: box(dataKey, wrapping.key, boundTo('data key', place, wrapping.id)),
      value: box(value, dataKey, boundTo('value', place, wrapping.id)),
    };
  } finally {
    dataKey.fill(0);
  }
}

/** Opens what `sealSecret` made. Throws `HeadframeError`: data_loss, 'secret_damaged', for another key or place, or damage. */
export function openSecret(envelope: SecretEnvelope, place: SecretPlace, wrapping: WrappingKey): Buffer {
  try {
    const dataKey = unbox(envelope.dataKey, wrapping.key, boundTo('data key', place, envelope.keyId));
    try {
      return unbox(envelope.value, dataKey, boundTo('value', place, envelope.keyId));
    } finally {
      dataKey.fill(0);
    }
  } catch (cause) {
    throw secretDamaged(place, cause);
  }
}

/** A value that cannot be opened. */
export function secretDamaged({ namespace, name }: Pick<SecretPlace, 'namespace' | 'name'>, cause?: unknown): Error {
  return new HeadframeError({
    code: 'data_loss',
    reason: 'secret_damaged',
    message: `the secret ${namespace}/${name} cannot be opened`,
    remedy: `Give it its value anew: headframe secrets rotate ${name} --namespace ${namespace}.`,
    cause,
  });
}

function boundTo(what: string, { namespace, name, version, valueId }: SecretPlace, keyId: string): Buffer {
  return Buffer.from(JSON.stringify(['headframe secret', what, namespace, name, version, valueId, keyId]));
}

function box(bytes: Uint8Array, key: Buffer, bound: Buffer): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(bound);
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]).toString('base64');
}

function unbox(boxed: string, key: Buffer, bound: Buffer): Buffer {
  const bytes = Buffer.from(boxed, 'base64');
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new RangeError('too short');
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const cipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(bound);
  cipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  return Buffer.concat([cipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), cipher.final()]);
}
