import type { HostRecord } from '../../../common/model/host.js';
import type { ChallengeType, VerdictHistory } from '../../../common/model/verdict.js';
import type { ScheduleSettings } from './settings.js';

/** Why a host is to prove something: it never has, it failed once, its time has come, or the last time came to nothing. */
export type DueReason = 'first' | 'confirm' | 'again' | 'retry';

/** From when on a host is to prove something; unix milliseconds. */
export interface Due {
  readonly why: DueReason;
  readonly atMs: number;
  /** How often it came to nothing since anything counted. */
  readonly voids: number;
}

/** A number, 0 ≤ x < 1, that is always the same for one name and that no host can guess. */
export type Chance = (name: string) => number;

/** What a date is drawn from. */
export interface DueFacts {
  readonly host: Pick<HostRecord, 'id' | 'joinedAtMs' | 'verification'>;
  readonly type: ChallengeType;
  /** Of that host and type; undefined while there is none. */
  readonly history: VerdictHistory | undefined;
  readonly settings: Pick<ScheduleSettings, 'intervalMs' | 'firstMs' | 'confirmMs'>;
  readonly chance: Chance;
}

/** The longest gap between two challenges, in means. */
const MOST_GAPS = 3;
/** After the first that came to nothing; doubled with each one more, as many as are kept. Milliseconds. */
const RETRY_MS = 10 * 60_000;

/**
 * From when on a host is to prove a type. Gaps between challenges have an exponential distribution, cut off at three times its
 * mean: that one has no memory, so that a host which was just asked knows no more of the next time than any other.
 */
export function dueOf(facts: DueFacts): Due {
  const { host, history } = facts;
  const clearedAtMs = host.verification?.clearedAtMs ?? 0;
  const verdicts = (history?.verdicts ?? []).filter(({ atMs }) => atMs > clearedAtMs);
  const last = verdicts.findLast(({ outcome }) => outcome !== 'void');
  const voids = verdicts.filter(({ outcome, atMs }) => outcome === 'void' && atMs >= (last?.atMs ?? 0));
  const base = baseOf(facts, last, Math.max(host.joinedAtMs, clearedAtMs));
  const lastVoid = voids.at(-1);
  if (lastVoid === undefined) return { ...base, voids: 0 };
  const backoffMs = RETRY_MS * 2 ** (voids.length - 1) * (0.5 + chanceOf(facts, lastVoid.id));
  const retryAtMs = lastVoid.atMs + backoffMs;
  return retryAtMs > base.atMs
    ? { why: 'retry', atMs: retryAtMs, voids: voids.length }
    : { ...base, voids: voids.length };
}

function baseOf(
  facts: DueFacts,
  last: { readonly id: string; readonly outcome: string; readonly atMs: number } | undefined,
  knownSinceMs: number,
): Pick<Due, 'why' | 'atMs'> {
  const { firstMs, confirmMs, intervalMs } = facts.settings;
  if (last === undefined)
    return { why: 'first', atMs: knownSinceMs + firstMs * chanceOf(facts, `since ${String(knownSinceMs)}`) };
  const drawn = chanceOf(facts, last.id);
  if (last.outcome === 'failed') return { why: 'confirm', atMs: last.atMs + confirmMs * drawn };
  return { why: 'again', atMs: last.atMs + intervalMs * Math.min(MOST_GAPS, -Math.log(1 - drawn)) };
}

function chanceOf({ host, type, chance }: DueFacts, name: string): number {
  return chance(`${host.id} ${type} ${name}`);
}
