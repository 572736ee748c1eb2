import { rewardKey } from '../../../common/model/reward.js';
import type { RewardDay, RewardEntry } from '../../../common/model/reward.js';

/** Which entries of the ledger are meant; what is undefined leaves out nothing. */
export interface RewardQuery {
  readonly network: string | undefined;
  readonly netuid: number | undefined;
  /** Addresses. */
  readonly hotkeys: ReadonlySet<string> | undefined;
  /** Read at or after, and before; unix milliseconds. */
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** An entry with whose it is. */
export interface LedgerEntry {
  readonly day: RewardDay;
  readonly entry: RewardEntry;
}

/** What a hotkey earned in a subnet in all; amounts in the smallest unit. */
export interface RewardTotal {
  readonly network: string;
  readonly netuid: number;
  readonly hotkey: string;
  readonly coldkey: string;
  readonly earned: bigint;
  /** In the base token, each entry as things were at its time. */
  readonly spot: bigint;
  readonly out: bigint;
  /** Part of `earned` that nobody could tell the value of. */
  readonly unvalued: bigint;
  readonly entries: number;
  readonly missed: number;
  /** Unix milliseconds. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/** Key by which entries are listed: by network, netuid, hotkey and block. */
export function ledgerKey({ day, entry }: LedgerEntry): string {
  return `${dayKey(day)} ${String(entry.toBlock).padStart(12, '0')}`;
}

/** The entries that are meant, by `ledgerKey`, those after a key. */
export function* ledgerEntries(days: Iterable<RewardDay>, query: RewardQuery, after = ''): Generator<LedgerEntry> {
  const keyed = [...days].filter((day) => concerns(query, day)).map((day) => ({ day, key: dayKey(day) }));
  // All keys of a day begin by that of the day.
  const open = keyed.filter(({ key }) => key >= after.slice(0, key.length));
  for (const { day } of open.sort((a, b) => (a.key < b.key ? -1 : 1)))
    for (const entry of day.entries) {
      const isMeant = entry.atMs >= query.sinceMs && entry.atMs < query.untilMs;
      if (isMeant && ledgerKey({ day, entry }) > after) yield { day, entry };
    }
}

/** What each hotkey earned in each subnet, by network, netuid and hotkey. Pure. */
export function totalsOf(entries: Iterable<LedgerEntry>): RewardTotal[] {
  const totals = new Map<string, RewardTotal>();
  for (const { day, entry } of entries) {
    const key = rewardKey({ ...day, day: '' });
    totals.set(key, added(totals.get(key) ?? emptyTotal(day, entry), entry));
  }
  return [...totals.values()];
}

function emptyTotal({ network, netuid, hotkey, coldkey }: RewardDay, { atMs }: RewardEntry): RewardTotal {
  const none = { earned: 0n, spot: 0n, out: 0n, unvalued: 0n, entries: 0, missed: 0 };
  return { network, netuid, hotkey, coldkey, ...none, firstAtMs: atMs, lastAtMs: atMs };
}

function added(total: RewardTotal, { earned, spot, out, missed, atMs }: RewardEntry): RewardTotal {
  const amount = BigInt(earned);
  return {
    ...total,
    earned: total.earned + amount,
    spot: total.spot + BigInt(spot ?? 0),
    out: total.out + BigInt(out ?? 0),
    unvalued: total.unvalued + (spot === undefined ? amount : 0n),
    entries: total.entries + 1,
    missed: total.missed + missed,
    lastAtMs: atMs,
  };
}

function concerns({ network, netuid, hotkeys }: RewardQuery, day: RewardDay): boolean {
  if (network !== undefined && day.network !== network) return false;
  if (netuid !== undefined && day.netuid !== netuid) return false;
  return hotkeys === undefined || hotkeys.has(day.hotkey);
}

function dayKey({ network, netuid, hotkey, day }: RewardDay): string {
  return `${network} ${String(netuid).padStart(5, '0')} ${hotkey} ${day}`;
}
