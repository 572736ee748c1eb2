import { z } from 'zod';
import { isAddress } from '../model/address.js';
import { addressesOf } from '../model/coordinator-route.js';
import { strictObject } from '../model/schema/index.js';

/** An address to call, `host:port`. */
export const addressField = addressWithPort(1, 'host:port, such as coordinator.example:7700');

/**
 * Addresses of the coordinators of one fleet, as a text with commas or as a list; a text with commas when it was read. They are
 * tried in turn, so that a few are enough.
 */
export const addressesField = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => (typeof given === 'string' ? addressesOf(given) : given))
  .refine(
    (addresses) => addresses.length > 0 && addresses.length <= 16 && addresses.every((one) => isAddress(one, 1)),
    'host:port, such as coordinator.example:7700, or several with commas',
  )
  .transform((addresses) => addresses.join(','));

/** An address to listen at, `host:port`; port 0 takes a free one. */
export const listenField = addressWithPort(0, 'address:port, such as 127.0.0.1:7700');

/** A folder, from the working folder when it is not absolute. */
export const folderField = z
  .string()
  .min(1)
  .max(1024)
  .refine((path) => !path.includes('\0'), 'a path');

/** An absolute path of a folder or file on this machine. */
export const absolutePathField = z
  .string()
  .max(1024)
  .regex(/^\/[^\0]*$/, 'an absolute path');

/** How a program logs. */
export const logField = strictObject({
  level: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .prefault('info')
    .describe('Least important lines that are written.'),
  format: z.enum(['json', 'pretty']).prefault('json').describe('One JSON object a line, or text for people.'),
});

function addressWithPort(lowestPort: number, expected: string): z.ZodString {
  return z
    .string()
    .max(300)
    .refine((text) => isAddress(text, lowestPort), expected);
}
