import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, writeWhole } from '../../../common/disk/index.js';
import { HeadframeError } from '../../../common/model/error.js';
import type { Logger } from '../../../common/observe/logger.js';
import type { Protection } from './protector.js';

/** Name of the credential that systemd hands over (LoadCredential or LoadCredentialEncrypted). */
const CREDENTIAL = 'headframe-key';
/** What is made when nothing is configured. */
const OWN_KEY_FILE = 'protector.key';
const LEAST_KEY_BYTES = 32;
const LEAST_PASSPHRASE_BYTES = 12;

/** Where a protector's secret may lie, the first that is given counts. */
export interface ProtectionSources {
  /** `$CREDENTIALS_DIRECTORY` of systemd. */
  readonly credentialsFolder: string | undefined;
  readonly keyFile: string | undefined;
  readonly passphraseFile: string | undefined;
  /** Where a key is made when there is none of these. */
  readonly folder: string;
  readonly logger: Logger;
  /** Whether one may be made; not in a cluster, where every coordinator would have another. Default 'made'. */
  readonly ownKey?: 'made' | 'refused' | undefined;
}

/**
 * Reads the secret. Throws `HeadframeError`: failed_precondition, 'protector_unreadable' or 'protector_weak'; 'protector_not_shared'
 * where none is given and none may be made.
 */
export async function findProtection(sources: ProtectionSources): Promise<Protection> {
  const { credentialsFolder, keyFile, passphraseFile } = sources;
  if (credentialsFolder !== undefined) {
    const path = join(credentialsFolder, CREDENTIAL);
    const secret = await readIfThere(path);
    if (secret !== undefined) return { kind: 'key', secret: checked(secret, LEAST_KEY_BYTES, path) };
  }
  if (keyFile !== undefined) return { kind: 'key', secret: checked(await read(keyFile), LEAST_KEY_BYTES, keyFile) };
  if (passphraseFile === undefined) {
    if (sources.ownKey === 'refused') throw notShared(join(sources.folder, OWN_KEY_FILE));
    return { kind: 'key', secret: await ownKey(sources) };
  }
  const secret = withoutLineEnd(await read(passphraseFile));
  return { kind: 'passphrase', secret: checked(secret, LEAST_PASSPHRASE_BYTES, passphraseFile) };
}

async function ownKey({ folder, logger }: ProtectionSources): Promise<Buffer> {
  const path = join(folder, OWN_KEY_FILE);
  logger.warn(
    { path },
    'the key of the authority is encrypted with a key that lies beside it: this protects copies that leave that file out, ' +
      'and nothing from whoever reads the whole folder; set security.keyFile, security.passphraseFile or a systemd credential',
  );
  const kept = await readIfThere(path);
  if (kept !== undefined) return checked(kept, LEAST_KEY_BYTES, path);
  const made = Buffer.from(`${randomBytes(LEAST_KEY_BYTES).toString('base64')}\n`);
  await writeWhole(path, made, 0o400);
  return made;
}

async function read(path: string): Promise<Buffer> {
  const bytes = await readIfThere(path);
  if (bytes !== undefined) return bytes;
  throw refused('protector_unreadable', `${path} cannot be read`);
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return undefined;
    throw refused('protector_unreadable', `${path} cannot be read`, cause);
  }
}

function checked(secret: Buffer, leastBytes: number, path: string): Buffer {
  if (secret.length >= leastBytes) return secret;
  throw refused('protector_weak', `${path} holds less than ${String(leastBytes)} bytes`);
}

/** An editor's last line end is no part of a passphrase. */
function withoutLineEnd(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('utf8').replace(/\r?\n$/, ''));
}

function refused(reason: string, message: string, cause?: unknown): HeadframeError {
  const remedy = 'Make a key with head -c 32 /dev/urandom | base64, readable by the coordinator alone.';
  return new HeadframeError({ code: 'failed_precondition', reason, message, remedy, cause });
}

function notShared(own: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'protector_not_shared',
    message: 'the coordinators of a cluster seal what they share by one key, and this one was given none',
    remedy:
      'Set security.keyFile, security.passphraseFile or the systemd credential headframe-key, the same on every coordinator. ' +
      `Where one was alone before, copy its ${own} for that.`,
  });
}
