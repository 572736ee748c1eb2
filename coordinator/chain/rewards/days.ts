import { rewardKey } from '../../../common/model/reward.js';
import type { RewardDay, RewardEntry } from '../../../common/model/reward.js';
import type { Transaction } from '../../fleet/port.js';

/** Entries of a day at most: of a tempo of 360 blocks of 12 s there are 20. */
const MOST_ENTRIES = 200;
/** Days that are kept of each hotkey in each subnet. */
const KEPT_DAYS = 400;
/** Records that are kept in all; each is a hotkey's day in a subnet. */
const MOST_RECORDS = 40_000;
const DAY_MS = 86_400_000;

/** The day (UTC) of a time. Pure. */
export function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** A day with one more entry; too many are joined with the one before, so that sums stay what they are. Pure. */
export function withEntry(day: RewardDay, entry: RewardEntry): RewardDay {
  const last = day.entries.at(-1);
  if (last === undefined || day.entries.length < MOST_ENTRIES) return { ...day, entries: [...day.entries, entry] };
  return { ...day, entries: [...day.entries.slice(0, -1), joined(last, entry)] };
}

function joined(a: RewardEntry, b: RewardEntry): RewardEntry {
  const sum = (x: string, y: string): string => String(BigInt(x) + BigInt(y));
  const { spot, out, ...rest } = b;
  return {
    ...rest,
    fromBlock: a.fromBlock,
    earned: sum(a.earned, b.earned),
    missed: a.missed + b.missed,
    ...(a.spot === undefined || spot === undefined ? {} : { spot: sum(a.spot, spot) }),
    ...(a.out === undefined || out === undefined ? {} : { out: sum(a.out, out) }),
  };
}

/** Which records need no longer be kept: too old, or the oldest of too many. Pure. */
export function daysToTrim(
  days: Iterable<RewardDay>,
  nowMs: number,
  kept: { readonly days: number; readonly records: number } = { days: KEPT_DAYS, records: MOST_RECORDS },
): RewardDay[] {
  const oldest = dayOf(nowMs - kept.days * DAY_MS);
  const newestFirst = [...days].sort((a, b) => (a.day < b.day ? 1 : a.day > b.day ? -1 : 0));
  return newestFirst.filter(({ day }, place) => day < oldest || place >= kept.records);
}

/** Removes what need no longer be kept. */
export function trimDays(tx: Transaction): void {
  for (const day of daysToTrim(tx.rewards(), tx.atMs)) tx.removeReward(rewardKey(day));
}
