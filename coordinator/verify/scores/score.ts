import type { ChallengeType, VerdictHistory } from '../../../common/model/verdict.js';
import type { HostVerification } from '../../../common/model/verification.js';
import { VALID_MS } from './standing.js';

const DAY_MS = 24 * 3_600_000;
/** How slowly an outcome is forgotten: after so long it weighs 1/e of a fresh one. */
const MEMORY_MS = 7 * DAY_MS;

/** How something went, from 0 (not at all) to 1, and when it was known; unix milliseconds. */
export interface Outcome {
  readonly success: number;
  readonly atMs: number;
  /** Outcomes of one voice weigh no more than one together; each without one stands for itself. */
  readonly voice?: string | undefined;
}

/** What a score is made of. */
export interface ScoreFacts {
  readonly verification: HostVerification;
  readonly histories: readonly VerdictHistory[];
  /** Types that a host has to pass to count as verified. */
  readonly types: readonly ChallengeType[];
  /** How leases on the host were looked at from outside. */
  readonly probes: readonly Outcome[];
  /** How leases on the host ended. */
  readonly leases: readonly Outcome[];
  /** Unix milliseconds. */
  readonly nowMs: number;
}

/** Why a score is 0. */
export type ScoreGap = 'quarantined' | 'unverified' | 'stale' | '';

/** A score with each of its terms. */
export interface Score {
  /** verifiedUnits × reliability × freshness. */
  readonly score: number;
  /** Argon2 steps per second with all proven vCPUs at work. */
  readonly verifiedUnits: number;
  /** challenges × probes × leases, from above 0 to 1. */
  readonly reliability: number;
  readonly challenges: number;
  readonly probes: number;
  readonly leases: number;
  /** From 0 to 1. */
  readonly freshness: number;
  /** Since when all types are proven, by the oldest of their last passes; 0 for never, unix milliseconds. */
  readonly fullPassAtMs: number;
  readonly gap: ScoreGap;
}

/**
 * The score of a host: verified units × reliability × freshness (docs/scores.md). Never below 0; another pass
 * never lowers it, another failure never raises it, and without any it is 0 after seven days at the latest.
 */
export function scoreOf(facts: ScoreFacts): Score {
  const { verification, nowMs } = facts;
  const challenges = reliabilityOf(challengeOutcomes(facts), nowMs);
  const probes = reliabilityOf(facts.probes, nowMs);
  const leases = reliabilityOf(facts.leases, nowMs);
  const reliability = challenges * probes * leases;
  const verifiedUnits = verification.verified.cpu?.units ?? 0;
  const fullPassAtMs = fullPassOf(facts);
  const freshness = fullPassAtMs === 0 ? 0 : freshnessAt(nowMs - fullPassAtMs);
  const terms = { verifiedUnits, reliability, challenges, probes, leases, freshness, fullPassAtMs };
  return { score: verifiedUnits * reliability * freshness, ...terms, gap: gapOf(facts, terms) };
}

/** Sorts the best first: by score, then by what is proven, then by name, so that equals always come in one order. */
export function scoreKey({ score, verifiedUnits }: Pick<Score, 'score' | 'verifiedUnits'>, name: string): string {
  return `${falling(score)} ${falling(verifiedUnits)} ${name}`;
}

/** A text that comes the earlier the larger the number is; to millionths. */
function falling(value: number): string {
  const whole = Math.min(Number.MAX_SAFE_INTEGER, Math.round(value * 1e6));
  return String(Number.MAX_SAFE_INTEGER - whole).padStart(16, '0');
}

/**
 * The mean of outcomes, each by e^(−age / 7 days), beside one success that does not age: without outcomes 1, after a single
 * fresh failure 1/2. However many come by one voice, they weigh no more than one fresh outcome.
 */
export function reliabilityOf(outcomes: readonly Outcome[], nowMs: number): number {
  const voices = new Map<string | symbol, Tally>();
  for (const { success, atMs, voice = Symbol() } of outcomes) {
    const { sum, weight } = voices.get(voice) ?? { sum: 0, weight: 0 };
    const own = Math.exp(-Math.max(0, nowMs - atMs) / MEMORY_MS);
    voices.set(voice, { sum: sum + own * Math.min(1, Math.max(0, success)), weight: weight + own });
  }
  let [sums, weights] = [1, 1];
  for (const { sum, weight } of voices.values()) {
    const most = Math.max(1, weight);
    sums += sum / most;
    weights += weight / most;
  }
  return sums / weights;
}

interface Tally {
  readonly sum: number;
  readonly weight: number;
}

/** 1 for a day, then falling in a line to 0 after seven. */
export function freshnessAt(ageMs: number): number {
  return Math.min(1, Math.max(0, (VALID_MS - ageMs) / (VALID_MS - DAY_MS)));
}

function challengeOutcomes({ histories, verification }: ScoreFacts): Outcome[] {
  return histories.flatMap(({ verdicts }) =>
    verdicts
      .filter(({ outcome, atMs }) => outcome !== 'void' && atMs > verification.clearedAtMs)
      .map(({ outcome, atMs }) => ({ success: outcome === 'passed' ? 1 : 0, atMs })),
  );
}

function fullPassOf({ histories, types, verification }: ScoreFacts): number {
  if (types.length === 0 || verification.quarantine !== undefined) return 0;
  const last = types.map((type) => {
    const verdicts = histories.find((history) => history.type === type)?.verdicts ?? [];
    const passed = verdicts.findLast(({ outcome, atMs }) => outcome === 'passed' && atMs > verification.clearedAtMs);
    return passed?.atMs ?? 0;
  });
  return Math.min(...last);
}

function gapOf(
  { verification }: ScoreFacts,
  terms: Pick<Score, 'verifiedUnits' | 'freshness' | 'fullPassAtMs'>,
): ScoreGap {
  if (verification.quarantine !== undefined) return 'quarantined';
  if (terms.fullPassAtMs === 0) return 'unverified';
  return terms.freshness === 0 || terms.verifiedUnits === 0 ? 'stale' : '';
}
