/** What became of asking a model: `void` is nobody's fault, as where a judge did not answer. */
export const ROUND_OUTCOMES = ['answered', 'failed', 'void'] as const;

/** One of `ROUND_OUTCOMES`. */
export type RoundOutcome = (typeof ROUND_OUTCOMES)[number];

/** One canary prompt and what came of it. */
export interface CanaryRound {
  readonly id: string;
  /** The replica that was asked; 0 where none was healthy. */
  readonly serial: number;
  readonly hostId: string;
  readonly outcome: RoundOutcome;
  /** A code of common/model/reason.ts. */
  readonly reason: string;
  /** What was seen; for people. */
  readonly text: string;
  /** How the answer was judged, such as `exact`; '' where it was not. */
  readonly judge: string;
  /** From 0 (wrong) to 1 (right); 0 unless answered. */
  readonly quality: number;
  /** To the last byte of the answer, in milliseconds. */
  readonly tookMs: number;
  /** The name of before that the reply had in the place of `response`; '' for none. */
  readonly oldKey: string;
  /** When it was over, unix milliseconds. */
  readonly atMs: number;
}

/** How much of the wanted replicas was healthy, of a span of `SPAN_MS`. */
export interface UptimeSpan {
  /** Unix milliseconds, a multiple of `SPAN_MS`. */
  readonly fromMs: number;
  /** For how long somebody looked while replicas were wanted. */
  readonly observedMs: number;
  /** Of it the time with all wanted replicas healthy; with half of them, half of it. */
  readonly usefulMs: number;
}

/** What is known of how a model serves; goes with its miner. */
export interface ModelRecord {
  readonly miner: string;
  /** When a replica was healthy for the first time: nothing before counts. Unix milliseconds. */
  readonly sinceMs: number;
  /** The oldest first, as many as `keepRound` keeps. */
  readonly rounds: readonly CanaryRound[];
  /** The oldest first, of the last `WINDOW_MS` and what lies in one span with its beginning. */
  readonly uptime: readonly UptimeSpan[];
}

/** So long what was seen of a model counts, in milliseconds. */
export const WINDOW_MS = 7 * 86_400_000;
/** Length of a span of uptime, in milliseconds. */
export const SPAN_MS = 6 * 3_600_000;
/** Rounds that count, kept of each model, and void ones besides. */
const KEPT = 50;
const KEPT_VOID = 10;

/** The record with one round more, and without those that are too old to be kept beside it. */
export function keepRound(record: ModelRecord, round: CanaryRound): ModelRecord {
  const all = [...record.rounds.filter(({ atMs }) => round.atMs - atMs < WINDOW_MS), round];
  const counting = all.filter(({ outcome }) => outcome !== 'void').slice(-KEPT);
  const kept = new Set([...counting, ...all.filter(({ outcome }) => outcome === 'void').slice(-KEPT_VOID)]);
  return { ...record, rounds: all.filter((one) => kept.has(one)) };
}

/** The record with time that was looked at until `nowMs`, of which a share from 0 to 1 was of use. */
export function keepUptime(record: ModelRecord, seenMs: number, share: number, nowMs: number): ModelRecord {
  const fromMs = Math.floor(nowMs / SPAN_MS) * SPAN_MS;
  // A wall clock that was set back gives no span twice.
  const kept = record.uptime.filter((span) => span.fromMs < fromMs && nowMs - span.fromMs < WINDOW_MS + SPAN_MS);
  const { observedMs = 0, usefulMs = 0 } = record.uptime.find((span) => span.fromMs === fromMs) ?? {};
  const span = {
    fromMs,
    observedMs: observedMs + seenMs,
    usefulMs: usefulMs + seenMs * Math.min(1, Math.max(0, share)),
  };
  return { ...record, uptime: [...kept, span] };
}
