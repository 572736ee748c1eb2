/** Which leaves of a plot are looked at, and in which order. */
export type ScanStrategy =
  | { readonly kind: 'full' }
  /** So many leaves, evenly spread; n ≥ 1. */
  | { readonly kind: 'sampling'; readonly n: number }
  /** `perBlock` of each `block` leaves; 1 ≤ perBlock ≤ block. */
  | { readonly kind: 'cacheFriendly'; readonly block: number; readonly perBlock: number };

/** What is expected where a strategy is written. */
export const SCAN_STRATEGY_FORMS = 'full, sampling:LEAVES, or cacheFriendly:BLOCK:LEAVES_OF_EACH';

/** A strategy as it is written: `full`, `sampling:10000`, `cacheFriendly:4096:64`; undefined for what is none. */
export function parseScanStrategy(text: string): ScanStrategy | undefined {
  if (text === 'full') return { kind: 'full' };
  const [, kind, first = '', second] =
    /^(sampling|cacheFriendly):([1-9]\d{0,14})(?::([1-9]\d{0,14}))?$/.exec(text) ?? [];
  const [count, perBlock] = [Number(first), second === undefined ? undefined : Number(second)];
  if (kind === 'sampling' && perBlock === undefined) return { kind, n: count };
  if (kind === 'cacheFriendly' && perBlock !== undefined && perBlock <= count) return { kind, block: count, perBlock };
  return undefined;
}
