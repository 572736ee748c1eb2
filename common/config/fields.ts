import { z } from 'zod';
import { labelsField, strictObject } from '../model/schema/index.js';

/* Fields of configurations: besides their own form each takes the text that a flag or the environment gives. */

/** A whole number. */
export function integerField(range: {
  readonly min: number;
  readonly max: number;
}): z.ZodType<number, number | string> {
  return z
    .union(
      [
        z.number(),
        z
          .string()
          .regex(/^\d{1,15}$/, 'a whole number')
          .transform(Number),
      ],
      { error: 'a whole number' },
    )
    .pipe(z.int().min(range.min).max(range.max));
}

/** True or false. */
export const booleanField: z.ZodType<boolean, boolean | string> = z.union(
  [z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')],
  { error: 'true or false' },
);

/** A list of texts; as one text, separated by commas. */
export const listField: z.ZodType<readonly string[], readonly string[] | string> = z
  .union([z.array(z.string()), z.string().transform(splitList)], { error: 'a list, or texts separated by commas' })
  .pipe(z.array(z.string().min(1).max(4096)).max(256));

/** Labels; as one text, `key=value` separated by commas. */
export const labelPairsField: z.ZodType<Readonly<Record<string, string>>, Record<string, string> | string> = z
  .union([z.record(z.string(), z.string()), z.string().transform(splitPairs)], {
    error: 'labels, or key=value separated by commas',
  })
  .pipe(labelsField);

/** `host:port`, also `[::1]:port`; port 0 takes a free one where something listens. */
export const addressField = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, 'an address such as 127.0.0.1:7700')
  .refine((address) => Number(address.slice(address.lastIndexOf(':') + 1)) <= 65_535, 'a port of at most 65535');

/** Splits an address that `addressField` took. */
export function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(colon + 1)) };
}

/** How a program logs. */
export const logField = strictObject({
  level: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least serious line that is logged'),
  format: z.enum(['json', 'pretty']).default('json').describe('One JSON object a line, or text for people'),
}).prefault({});

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function splitPairs(text: string): Record<string, string> {
  return Object.fromEntries(
    splitList(text).map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
