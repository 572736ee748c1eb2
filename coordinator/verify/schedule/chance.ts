import { createHmac } from 'node:crypto';
import type { Chance } from './due.js';

const BYTES = 6;
/** Names whose number is kept at hand; each is drawn again and again while it is waited for. */
const MOST_KEPT = 200_000;

/** Chance by HMAC-SHA256 under a key that nobody else has: nothing has to be kept for a date to stay what it is. */
export function secretChance(key: Uint8Array): Chance {
  const kept = new Map<string, number>();
  return (name) => {
    const known = kept.get(name);
    if (known !== undefined) return known;
    const drawn = createHmac('sha256', key).update(name).digest().readUIntBE(0, BYTES) / 2 ** (8 * BYTES);
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(name, drawn);
    return drawn;
  };
}
