/** Bytes whose checksum is right, and that say what this version does not know: a later one wrote them, and nothing is damaged. */
export class UnknownRecord extends RangeError {}
