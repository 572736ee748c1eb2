import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../../common/model/units.js';

/** A time as it is asked for: so long ago, or a moment; in milliseconds. */
export type When = { readonly agoMs: number } | { readonly atMs: number };

/** Reads a time such as `2h` or `2026-05-01T12:00:00Z`. */
export function whenArgument(text: string): When {
  const agoMs = parseDuration(text);
  if (agoMs !== undefined) return { agoMs };
  const atMs = /^\d{4}-\d\d-\d\d(?:T|$)/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(atMs)) throw new InvalidArgumentError('Expected 30m, 2h or a time such as 2026-05-01T12:00:00Z.');
  return { atMs };
}

/** The moment that is meant, in unix milliseconds as the contract has them; 0 for none. */
export function momentOf(when: When | undefined, nowMs: number): bigint {
  if (when === undefined) return 0n;
  return BigInt('atMs' in when ? when.atMs : Math.max(1, nowMs - when.agoMs));
}
