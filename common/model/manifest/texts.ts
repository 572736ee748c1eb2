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

/** Whether the text can be handed to a process. */
function hasNoNul(text: string): boolean {
  return !text.includes('\0');
}
