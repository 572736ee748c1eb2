import { HeadframeError } from '../model/error.js';

/** An int64 of the contract that is read as if it had no sign is negative from here on. */
export const FIRST_NEGATIVE = 2 ** 63;

const LARGEST = BigInt(Number.MAX_SAFE_INTEGER);

/** A wire integer as a number from 0; throws HeadframeError (invalid_argument, number_out_of_range) beyond 2^53 or below 0. */
export function numberFromWire(value: bigint, path: string): number {
  if (value < 0n || value > LARGEST) throw outOfRange(path, value);
  return Number(value);
}

/** A whole number from 0 for the wire; throws HeadframeError (invalid_argument, number_out_of_range) on anything else. */
export function numberToWire(value: number, path: string): bigint {
  if (!Number.isSafeInteger(value) || value < 0) throw outOfRange(path, value);
  return BigInt(value);
}

/** A measured amount: what does not fit is brought to the nearest that does, for a bad sample is not worth a session. */
export function clampedNumber(value: bigint): number {
  if (value < 0n) return 0;
  return value > LARGEST ? Number.MAX_SAFE_INTEGER : Number(value);
}

function outOfRange(path: string, value: bigint | number): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'number_out_of_range',
    message: `${path} is out of range`,
    violations: [{ path, value: String(value), expected: 'a whole number from 0 to 2^53 - 1' }],
  });
}
