import { hasEnded } from '../../../common/model/intent.js';
import type { IntentRecord } from '../../../common/model/intent.js';

/** How many ended intents are kept, for how long, and how long at least: caps look back over a day. */
const KEPT = { most: 5_000, mostMs: 90 * 86_400_000, leastMs: 2 * 86_400_000 } as const;

/** Ids of the ended intents that need no longer be kept: too old, or the oldest of too many. */
export function toTrim(
  intents: Iterable<IntentRecord>,
  nowMs: number,
  kept: { readonly [K in keyof typeof KEPT]: number } = KEPT,
): string[] {
  const ended = [...intents].filter(hasEnded).sort((a, b) => b.changedAtMs - a.changedAtMs);
  return ended
    .filter(({ changedAtMs }, place) => {
      const ageMs = nowMs - changedAtMs;
      return ageMs > kept.mostMs || (place >= kept.most && ageMs > kept.leastMs);
    })
    .map(({ id }) => id);
}
