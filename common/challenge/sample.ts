import { framed, sha256, u64 } from './digest.js';

/** What samples are drawn by, so that anybody can draw them again later. */
export interface SampleInput {
  /** The verifier's second nonce, told after the commit. */
  readonly reveal: Uint8Array;
  /** What was committed to. */
  readonly roots: readonly Uint8Array[];
  /** Apart from samples for other ends. */
  readonly name: string;
}

/** `count` numbers from 0 to `below` − 1, with repeats: each from SHA-256 over reveal, roots and its place. */
export function sampleIndices(input: SampleInput, count: number, below: number): number[] {
  return Array.from({ length: count }, (_, place) => sampleIndex(input, [u64(place)], below));
}

/** One number from 0 to `below` − 1 that depends on further bytes; `below` is far under 2^64, so none is likelier. */
export function sampleIndex({ reveal, roots, name }: SampleInput, more: readonly Uint8Array[], below: number): number {
  const digest = sha256(framed('headframe sample 1', name, reveal, ...roots, ...more));
  return Number(digest.readBigUInt64BE() % BigInt(below));
}
