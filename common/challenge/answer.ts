import { createPublicKey, sign, verify } from 'node:crypto';
import type { KeyLike } from 'node:crypto';
import { framed } from './digest.js';
import { frameNumber } from './frames.js';

/** What a host answers with its name under it. */
export type AnswerKind = 'commit' | 'open';

/** An answer and the challenge that it belongs to. */
export interface Answer {
  readonly kind: AnswerKind;
  /** Of the challenge: an answer to another one has another. */
  readonly seed: Uint8Array;
  readonly payload: Uint8Array;
}

/** Signature of an answer by the host's key: ECDSA with SHA-256 in DER. */
export function signAnswer(answer: Answer, key: KeyLike): Buffer {
  return sign('sha256', signedBytes(answer), key);
}

/** Whether the holder of a public key (SubjectPublicKeyInfo in DER) has signed exactly this answer. */
export function isAnswerSigned(answer: Answer, signature: Uint8Array, hostKey: Uint8Array): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(hostKey), format: 'der', type: 'spki' });
    return verify('sha256', signedBytes(answer), key, signature);
  } catch {
    // What is no key, or no signature, has signed nothing.
    return false;
  }
}

function signedBytes({ kind, seed, payload }: Answer): Buffer {
  return framed('headframe challenge 1', Buffer.from([frameNumber(kind)]), seed, payload);
}
