import { HeadframeError } from './error.js';

/** What of a host a challenge asks it to prove. */
export const CHALLENGE_TYPES = ['cpu', 'memory', 'disk', 'network', 'gpu'] as const;

/** One of `CHALLENGE_TYPES`. */
export type ChallengeType = (typeof CHALLENGE_TYPES)[number];

/** How a challenge was judged; `void` is nobody's fault: lost before the commit, pre-empted, or the coordinator restarted. */
export const VERDICT_OUTCOMES = ['passed', 'failed', 'void'] as const;

/** One of `VERDICT_OUTCOMES`. */
export type VerdictOutcome = (typeof VERDICT_OUTCOMES)[number];

/** The judged outcome of one challenge. */
export interface VerdictRecord {
  /** Of the challenge; never used twice. */
  readonly id: string;
  readonly hostId: string;
  readonly type: ChallengeType;
  readonly outcome: VerdictOutcome;
  /** A code of common/model/reason.ts. */
  readonly reason: string;
  /** What was seen; for people. */
  readonly text: string;
  /** What was to be proven: thousandths of a vCPU, bytes (memory, disk, gpu), or bytes per second (network). */
  readonly claimed: number;
  /** What was measured: Argon2 steps per second, bytes, or bytes per second; 0 unless passed. */
  readonly units: number;
  /** By the verifier's clock. */
  readonly proveMs: number;
  readonly verifyMs: number;
  /** Shared by challenges that were asked in the same window; '' for none. */
  readonly sweep: string;
  /** When it was judged, unix milliseconds. */
  readonly atMs: number;
}

/** The last verdicts of a host for one type, oldest first: as many as `keepVerdict` keeps. */
export interface VerdictHistory {
  readonly hostId: string;
  readonly type: ChallengeType;
  readonly verdicts: readonly VerdictRecord[];
}

/** Verdicts that count, kept for each host and type. */
const KEPT = 20;
/** Void ones, kept besides: a host that lets challenges come to nothing does not push out what it failed. */
const KEPT_VOID = 5;

/** Key of a history among the records; no host id has a slash. */
export function verdictKey({ hostId, type }: Pick<VerdictHistory, 'hostId' | 'type'>): string {
  return `${hostId}/${type}`;
}

/**
 * The history with one verdict more, and without those that are too old to be kept beside it. Throws `HeadframeError`
 * (already_exists) when it has a verdict of that id.
 */
export function keepVerdict(history: VerdictHistory | undefined, verdict: VerdictRecord): VerdictHistory {
  const { hostId, type, id } = verdict;
  if (history?.verdicts.some((one) => one.id === id) === true) {
    const message = `challenge ${id} was judged before`;
    throw new HeadframeError({ code: 'already_exists', reason: 'verdict_exists', message });
  }
  const all = [...(history?.verdicts ?? []), verdict];
  const kept = new Set([...all.filter(counts).slice(-KEPT), ...all.filter((one) => !counts(one)).slice(-KEPT_VOID)]);
  return { hostId, type, verdicts: all.filter((one) => kept.has(one)) };
}

/** Whether a verdict says anything of its host. */
function counts({ outcome }: VerdictRecord): boolean {
  return outcome !== 'void';
}
