import { CHALLENGE_TYPES } from '../../../common/model/verdict.js';
import type { ChallengeType, VerdictHistory, VerdictRecord } from '../../../common/model/verdict.js';
import { UNVERIFIED } from '../../../common/model/verification.js';
import type { HostQuarantine, HostVerification, VerifiedCapacity } from '../../../common/model/verification.js';

/** So long what was proven is taken for proven (docs/scores.md). */
export const VALID_MS = 7 * 24 * 3_600_000;

/** Failures that no load and no bad luck explain: one is enough. All others can be chance, and want a second in a row. */
const FINAL: ReadonlySet<string> = new Set([
  'challenge_wrong_opening',
  'challenge_wrong_tag',
  'challenge_bad_signature',
  'challenge_replayed',
]);

/** What of a host counts at a time: the verdicts on it, and how it stood before. */
export interface StandingFacts {
  readonly histories: readonly VerdictHistory[];
  readonly before: HostVerification | undefined;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

/**
 * What verdicts make of a host. Of each type the largest amount counts that was proven within `VALID_MS`. A host that gave a
 * wrong answer is quarantined at once, one that was too slow when it is so twice in a row; then nothing counts as proven. A
 * quarantine lasts until it is cleared, whatever comes after.
 */
export function verificationOf({ histories, before = UNVERIFIED, nowMs }: StandingFacts): HostVerification {
  const { clearedAtMs } = before;
  const lists = CHALLENGE_TYPES.map((type) => counting(histories, type, { clearedAtMs, nowMs }));
  const quarantine = before.quarantine ?? lists.map(quarantineOf).find((found) => found !== undefined);
  if (quarantine !== undefined) return { verified: {}, quarantine, clearedAtMs };
  const verified: Partial<Record<ChallengeType, VerifiedCapacity>> = {};
  for (const verdicts of lists) {
    const best = largest(verdicts);
    if (best !== undefined) verified[best.type] = provenBy(best);
  }
  return { verified, clearedAtMs };
}

interface Span {
  readonly clearedAtMs: number;
  readonly nowMs: number;
}

function counting(
  histories: readonly VerdictHistory[],
  type: ChallengeType,
  { clearedAtMs, nowMs }: Span,
): readonly VerdictRecord[] {
  const verdicts = histories.find((history) => history.type === type)?.verdicts ?? [];
  return verdicts.filter(({ outcome, atMs }) => outcome !== 'void' && atMs > clearedAtMs && nowMs - atMs < VALID_MS);
}

function quarantineOf(verdicts: readonly VerdictRecord[]): HostQuarantine | undefined {
  const damning = verdicts.find(
    ({ outcome, reason }, at) => outcome === 'failed' && (FINAL.has(reason) || verdicts[at - 1]?.outcome === 'failed'),
  );
  if (damning === undefined) return undefined;
  const { id, type, reason, text, atMs } = damning;
  return { challenge: id, type, reason, text, sinceMs: atMs };
}

/** The later of equal ones, for it counts for longer. */
function largest(verdicts: readonly VerdictRecord[]): VerdictRecord | undefined {
  let best: VerdictRecord | undefined;
  for (const verdict of verdicts)
    if (verdict.outcome === 'passed' && (best === undefined || amountOf(verdict) >= amountOf(best))) best = verdict;
  return best;
}

function provenBy(verdict: VerdictRecord): VerifiedCapacity {
  const { units, atMs } = verdict;
  return { amount: amountOf(verdict), units, atMs, untilMs: atMs + VALID_MS };
}

/** A host proves vCPUs by a measure of another kind; of all else, what was measured is what was proven. */
function amountOf({ type, claimed, units }: VerdictRecord): number {
  return type === 'cpu' ? claimed : Math.min(claimed, units);
}
