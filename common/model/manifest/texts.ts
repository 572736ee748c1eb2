import { z } from 'zod';
import { LIMITS } from './limits.js';

/** A miner's name, also a DNS label. */
export const nameField = z
  .string()
  .max(LIMITS.name)
  .regex(/^[a-z](?:[a-z0-9-]*[a-z0-9])?$/, 'a-z, 0-9 and "-", beginning with a letter and not ending with "-"');

/** Text for a process: no NUL, which ends a string in the kernel. */
export const argumentField = z.string().max(LIMITS.text).refine(hasNoNul, 'text without NUL characters');

/** An absolute path in its plain form: no `.`, `..`, empty steps, or `:` and `,`, which mount options are split at. */
export const pathField = z
  .string()
  .max(LIMITS.path)
  .refine(
    (path) => /^(?:\/[^/:,\0]+)+$/.test(path) && !/\/\.{1,2}(?:\/|$)/.test(path),
    'an absolute path other than "/", without "..", ":" and ","',
  );

const labelKey = z
  .string()
  .max(LIMITS.labelKey)
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$/,
    'a key of letters, digits and . _ / - inside, at most 63 characters',
  );

const labelValue = z
  .string()
  .max(LIMITS.labelValue)
  .regex(/^[A-Za-z0-9._/:@+ -]*$/, 'letters, digits, spaces and . _ / : @ + -');

/** Labels of a miner or host. */
export const labelsField = z
  .record(labelKey, labelValue)
  .refine((labels) => Object.keys(labels).length <= LIMITS.labels, `at most ${LIMITS.labels} labels`);

/** A label's key alone. */
export const labelKeyField = labelKey;

/** Whether the text can be handed to a process. */
function hasNoNul(text: string): boolean {
  return !text.includes('\0');
}
