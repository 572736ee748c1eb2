import { SPAN_MS, WINDOW_MS } from '../../../../common/model/model-record.js';
import type { CanaryRound, ModelRecord } from '../../../../common/model/model-record.js';

/** Why a model has no score: nothing was asked of it yet, or nothing for so long that nothing counts. */
export type ModelScoreGap = 'unmeasured' | 'stale' | '';

/** The score of a model with its terms, each from 0 to 1. */
export interface ModelScore {
  /** 0.4 × quality + 0.3 × speed + 0.2 × availability + 0.1 × participation. */
  readonly score: number;
  readonly quality: number;
  readonly speed: number;
  readonly availability: number;
  readonly participation: number;
  /** Rounds that count. */
  readonly rounds: number;
  /** When the last of them was, unix milliseconds; 0 for never. */
  readonly lastAtMs: number;
  readonly gap: ModelScoreGap;
}

/** The weights of the original's guide for miners ("Scoring System"), in tenths, so that four times 1 are 1. */
const TENTHS = { quality: 4, speed: 3, availability: 2, participation: 1 } as const;

/** What a score is made of. */
interface ScoreFacts {
  /** Undefined for a model of which nothing is known. */
  readonly record: ModelRecord | undefined;
  /** Unix milliseconds. */
  readonly nowMs: number;
  /** An answer that took no longer is as fast as can be, in milliseconds. */
  readonly fastMs: number;
}

/**
 * The score of a model (docs/model-scores.md), of what was seen of it in seven days. A round that failed counts as 0 in each of
 * quality, speed and participation; void ones count nowhere; without any round, or any time seen, the score is 0. Pure.
 */
export function modelScoreOf({ record, nowMs, fastMs }: ScoreFacts): ModelScore {
  const all = (record?.rounds ?? []).filter(({ outcome }) => outcome !== 'void');
  const rounds = all.filter(({ atMs }) => nowMs - atMs < WINDOW_MS);
  const spans = (record?.uptime ?? []).filter(({ fromMs }) => nowMs - fromMs < WINDOW_MS + SPAN_MS);
  const observedMs = sum(spans, (span) => span.observedMs);
  const lastAtMs = Math.max(0, ...all.map(({ atMs }) => atMs));
  const none = { quality: 0, speed: 0, availability: 0, participation: 0, rounds: rounds.length, lastAtMs };
  if (all.length === 0) return { score: 0, ...none, gap: 'unmeasured' };
  if (rounds.length === 0 || observedMs === 0)
    return { score: 0, ...none, gap: rounds.length === 0 ? 'stale' : 'unmeasured' };
  const terms = {
    quality: sum(rounds, qualityOf) / rounds.length,
    speed: sum(rounds, (round) => speedOf(round, fastMs)) / rounds.length,
    availability: within(sum(spans, ({ usefulMs }) => usefulMs) / observedMs),
    participation: rounds.filter(({ outcome }) => outcome === 'answered').length / rounds.length,
  };
  return { score: weighed(terms), ...terms, rounds: rounds.length, lastAtMs, gap: '' };
}

/** Sorts the best first: by score, then by quality, speed and availability, then by name, so that equals always come in one order. */
export function modelScoreKey({ score, quality, speed, availability }: ModelScore, name: string): string {
  return `${[score, quality, speed, availability].map(falling).join(' ')} ${name}`;
}

/**
 * How fast an answer was, from 0 to 1: 1 up to `fastMs`, then as much less as it took longer, so that twice the time is half of it. By how
 * much the answer is worth, for a wrong one is quick to give.
 */
function speedOf({ outcome, quality, tookMs }: CanaryRound, fastMs: number): number {
  return outcome === 'answered' ? within(quality) * Math.min(1, fastMs / Math.max(1, tookMs)) : 0;
}

function qualityOf({ outcome, quality }: CanaryRound): number {
  return outcome === 'answered' ? within(quality) : 0;
}

function weighed(terms: Pick<ModelScore, keyof typeof TENTHS>): number {
  const tenths =
    terms.quality * TENTHS.quality +
    terms.speed * TENTHS.speed +
    terms.availability * TENTHS.availability +
    terms.participation * TENTHS.participation;
  return within(tenths / 10);
}

function sum<T>(items: readonly T[], read: (item: T) => number): number {
  return items.reduce((total, item) => total + read(item), 0);
}

function within(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** A text that comes the earlier the larger the number is; to millionths. */
function falling(value: number): string {
  return String(1_000_000 - Math.round(value * 1e6)).padStart(7, '0');
}
