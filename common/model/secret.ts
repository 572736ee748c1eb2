/** What happens in a running container once a new version of a secret is in its place. */
export const ON_ROTATE_WORDS = ['none', 'restart', 'signal:SIGHUP', 'signal:SIGUSR1', 'signal:SIGUSR2'] as const;

/** One of `ON_ROTATE_WORDS`. */
export type OnRotate = (typeof ON_ROTATE_WORDS)[number];

/** A secret that a container is given: a reference, never a value. */
export interface SecretRef {
  /** Within the miner's namespace. */
  readonly name: string;
  /** Of the file inside the container. */
  readonly path: string;
  /** Of the file; never writable. */
  readonly mode: number;
  /** Owner of the file; undefined means the user that the container runs as. */
  readonly uid?: number | undefined;
  readonly onRotate: OnRotate;
}

/** Names of secrets, within a namespace. */
export const SECRET_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
/** Most bytes of a secret's value. */
export const MOST_SECRET_BYTES = 64 * 1024;
/** Mode of a secret's file where nothing else is asked for. */
export const SECRET_MODE = 0o400;

/** Path inside the container where a secret lies unless its reference says otherwise. */
export function defaultSecretPath(name: string): string {
  return `/run/secrets/${name}`;
}

/** Folder of an absolute path. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** Folders inside the container that hold its secrets, in an order that depends on nothing but them. */
export function secretFolders(secrets: readonly SecretRef[]): string[] {
  return [...new Set(secrets.map(({ path }) => folderOf(path)))].sort();
}

/** A secret as the fleet keeps it: sealed. Times are unix milliseconds. */
export interface SecretRecord {
  readonly namespace: string;
  readonly name: string;
  /** 1 for the first value, then one more with each. */
  readonly version: number;
  /** Tells values apart, also where a secret was removed and set again. */
  readonly valueId: string;
  /** Bytes of the value. */
  readonly size: number;
  /** The value under a data key of its own, and that key under the key of all secrets. */
  readonly envelope: SecretEnvelope;
  readonly createdAtMs: number;
  readonly setAtMs: number;
  readonly setBy: string;
}

/** What AES-256-GCM makes of bytes: nonce, ciphertext and tag, together in base64. */
type Boxed = string;

/** A value that its data key opens, and the data key that the key of that id opens. */
export interface SecretEnvelope {
  readonly keyId: string;
  readonly dataKey: Boxed;
  readonly value: Boxed;
}
