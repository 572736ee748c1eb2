import type { ByteReader } from './byte-reader.js';

/** Bytes whose checksum is right, and that say what this version does not know: a later one wrote them, and nothing is damaged. */
export class UnknownRecord extends RangeError {}

/** Throws `UnknownRecord` where more follows than this version reads, for leaving it out might be to misread. */
export function requireEnd(reader: ByteReader, what: string): void {
  if (!reader.done) throw new UnknownRecord(`more in ${what}`);
}
