import type { MinerHistory, RevisionRecord } from '../../common/model/revision.js';
import type { RevisionOutcome } from '../../common/model/rollout.js';

/** Revisions kept for each miner, beside the newest good one. */
const KEPT_REVISIONS = 10;

/** The newest revision, other than one, whose rollout completed and that nobody went back from. */
export function lastGood({ revisions }: MinerHistory, except: number): RevisionRecord | undefined {
  return revisions.findLast(({ outcome, revision }) => outcome === 'complete' && revision !== except);
}

/** The history with one revision more; the oldest go, but never the newest good one. */
export function withRevision(history: MinerHistory, added: RevisionRecord): MinerHistory {
  const good = lastGood(history, added.revision);
  const kept = [...history.revisions, added].filter(
    (one, index, all) => index >= all.length - KEPT_REVISIONS || one === good,
  );
  return { revisions: kept };
}

/** The history with something else known of one revision. */
export function withKnown(history: MinerHistory, revision: number, known: Partial<RevisionRecord>): MinerHistory {
  return { revisions: history.revisions.map((one) => (one.revision === revision ? { ...one, ...known } : one)) };
}

/** The history after the rollout of a revision has ended, in one way or another. */
export function withOutcome(
  history: MinerHistory,
  revision: number,
  ended: { readonly outcome: RevisionOutcome; readonly atMs: number; readonly text: string },
): MinerHistory {
  const { outcome, atMs, text } = ended;
  return withKnown(history, revision, { outcome, endedAtMs: atMs, text });
}
