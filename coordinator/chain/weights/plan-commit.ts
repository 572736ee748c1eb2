import { hasEnded } from '../../../common/model/intent.js';
import type { IntentRecord } from '../../../common/model/intent.js';
import type { WeightCommitEnd, WeightCommitRecord } from '../../../common/model/weight-commit.js';
import type { WeightReason } from '../../../common/model/weight-reasons.js';
import { revealWindow } from '../registration/index.js';
import type { RevealWindow, WeightsTerms } from '../registration/index.js';

/** What committed weights are judged by, at one moment. */
export interface CommitSight {
  readonly nowMs: number;
  readonly terms: Pick<WeightsTerms, 'best' | 'uid' | 'commitReveal' | 'reveal' | 'commits'>;
  /** The call that commits; undefined while nobody asked for it. */
  readonly commit: IntentRecord | undefined;
  /** The call that reveals, of this try. */
  readonly reveal: IntentRecord | undefined;
}

/** What is next for committed weights, and why. */
export interface CommitStep {
  readonly act: 'wait' | 'commit' | 'reveal' | WeightCommitEnd['state'];
  readonly reason: WeightReason;
  readonly text: string;
  /** Of `wait`: the best block upon which there is something to be done; undefined where no block alone decides. */
  readonly atBlock?: number;
  /** When they are revealed, where that is known. */
  readonly window?: RevealWindow;
}

type Revealed = Pick<WeightCommitRecord, 'committedAt' | 'retryAt' | 'hash'>;

/** The next step: the commit, then its reveal in the blocks that the chain takes it in, each by one call at a time. Pure. */
export function planCommit(record: WeightCommitRecord, sight: CommitSight): CommitStep {
  const { commits, best } = sight.terms;
  const kept = commits.find(({ hash }) => hash === record.hash);
  const committedAt = record.committedAt ?? finalBlockOf(sight.commit) ?? kept?.block;
  if (committedAt === undefined) return committing(record, sight);
  // Neither what an endpoint lacks that lags, nor what is not final yet, tells of an end.
  if (best < committedAt) return behind(best, committedAt);
  if (sight.commit !== undefined && !hasEnded(sight.commit)) return underWay('weights_committing', sight.commit);
  return revealing({ ...record, committedAt: kept?.block ?? committedAt }, sight, kept !== undefined);
}

function finalBlockOf(commit: IntentRecord | undefined): number | undefined {
  return commit?.state === 'finalised' ? commit.block?.number : undefined;
}

function committing({ giveUpAtMs }: WeightCommitRecord, { commit, terms, nowMs }: CommitSight): CommitStep {
  if (commit === undefined)
    return nowMs < giveUpAtMs
      ? { act: 'commit', reason: 'weights_committing', text: 'The commit is asked for.' }
      : failed('The commit could not be begun in time.');
  if (!hasEnded(commit) || commit.state === 'finalised') return underWay('weights_committing', commit);
  const block = commit.block?.number ?? 0;
  if (terms.best < block) return behind(terms.best, block);
  const { failure, note } = commit;
  return failed(`The commit, intent ${commit.id}, came to nothing: ${failure?.error ?? note}.`);
}

function revealing(
  { committedAt, retryAt = 0 }: Revealed & { readonly committedAt: number },
  { terms, reveal }: CommitSight,
  isKept: boolean,
): CommitStep {
  const next = terms.best + 1;
  if (terms.reveal === undefined) return failed('The subnet, or its chain, takes no such weights any more.');
  const window = revealWindow(terms.reveal, committedAt);
  const between = `blocks ${String(window.from)} to ${String(window.until)}`;
  // What came of one that has ended the record is told first.
  if (reveal !== undefined) return { ...underWay('weights_revealing', reveal), window };
  if (next > window.until) {
    const text = `They could be revealed in ${between} alone; ${String(terms.best)} is the last.`;
    return { act: 'expired', reason: 'weights_expired', text, window };
  }
  if (!isKept) return { ...failed('The chain keeps the commit no longer: another program may reveal too.'), window };
  if (next < Math.max(window.from, retryAt)) {
    const text = `They are revealed in ${between}; ${String(terms.best)} is the last.`;
    return { act: 'wait', reason: 'weights_committed', text, atBlock: Math.max(window.from, retryAt) - 1, window };
  }
  if (terms.uid === undefined) return { ...failed('The hotkey has lost its place in the subnet.'), window };
  return { act: 'reveal', reason: 'weights_revealing', text: `They are revealed in ${between}.`, window };
}

function underWay(reason: WeightReason, { id, state }: IntentRecord): CommitStep {
  return { act: 'wait', reason, text: `The intent ${id} is ${state}.` };
}

function behind(best: number, seen: number): CommitStep {
  const text = `The endpoint is at block ${String(best)}, behind ${String(seen)}, which was seen before.`;
  return { act: 'wait', reason: 'chain_behind', text, atBlock: seen };
}

function failed(text: string): CommitStep {
  return { act: 'failed', reason: 'weights_failed', text };
}
