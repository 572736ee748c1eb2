import { z } from 'zod';
import { ON_ROTATE_WORDS, SECRET_MODE, SECRET_NAME, defaultSecretPath, folderOf } from '../secret.js';
import type { SecretRef } from '../secret.js';
import { strictObject } from '../schema/strict-object.js';
import type { Plain, PlainMapping } from './plain.js';
import { pathField } from './texts.js';

/** Greatest user id of Linux; the one above means no user. */
const MOST_UID = 2 ** 32 - 2;

/** A secret's name, within a namespace. */
const secretName = z
  .string()
  .regex(SECRET_NAME, '1-63 characters of a-z, 0-9 and . _ -, beginning with a letter or digit');

// Folders that images and the engine fill: a mount in their place would take the container apart.
const NEVER = /^\/(?:proc|sys|dev|bin|sbin|lib|lib64|usr)(?:\/|$)/;

const pathOfSecret = pathField.refine(
  (path) => folderOf(path).lastIndexOf('/') > 0 && !NEVER.test(path) && !/\/\.\.[^/]*$/.test(path),
  'a path at least two folders deep, such as /run/secrets/NAME, and not below /proc, /sys, /dev, /bin, /sbin, /lib or /usr',
);

const modeField = z
  .string()
  .regex(/^0[0-7]{3}$/, 'octal digits in quotes, such as "0440"')
  .refine(
    (text) => (parseInt(text, 8) & 0o400) !== 0 && (parseInt(text, 8) & ~0o444) === 0,
    'a mode that lets its owner read and nobody write or execute, such as "0400", "0440" or "0444"',
  );

/** A secret that the container is given as a file. */
export const secretField = strictObject({
  name: secretName.describe("Name of the secret, in the miner's namespace."),
  path: pathOfSecret
    .optional()
    .describe('Path of the file, else /run/secrets/NAME. Its folder is a mount of its own, in which nothing else is.'),
  mode: modeField.prefault(printMode(SECRET_MODE)).describe('Mode of the file, as octal digits in quotes.'),
  uid: z
    .int()
    .min(0)
    .max(MOST_UID)
    .optional()
    .describe('User id that owns the file, else the user that the container runs as.'),
  onRotate: z
    .enum(ON_ROTATE_WORDS)
    .prefault('none')
    .describe('What a running container gets once a new value is in the file: nothing, a signal or a restart.'),
}).transform(({ name, path, mode, uid, onRotate }): SecretRef => ({
  name,
  path: path ?? defaultSecretPath(name),
  mode: parseInt(mode, 8),
  ...(uid === undefined ? {} : { uid }),
  onRotate,
}));

/** The user's form of a reference; what equals its default is left out. */
export function secretToManifest({ name, path, mode, uid, onRotate }: SecretRef): PlainMapping {
  const unless = <T extends Plain>(value: T, usual: T): T | undefined => (value === usual ? undefined : value);
  return {
    name,
    path: unless(path, defaultSecretPath(name)),
    mode: unless(printMode(mode), printMode(SECRET_MODE)),
    uid,
    onRotate: unless(onRotate, 'none'),
  };
}

function printMode(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
