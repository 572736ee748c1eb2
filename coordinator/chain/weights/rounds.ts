import { hasEnded } from '../../../common/model/intent.js';
import type { IntentRecord, RetryClass } from '../../../common/model/intent.js';
import type { WeightCommitEnd, WeightCommitRecord } from '../../../common/model/weight-commit.js';

/** Reveals that are tried: whatever fails so often fails for a cause that lasts. */
const MOST_TRIES = 5;

/** What trying again may mend before the blocks for it have gone by. */
const AGAIN: ReadonlySet<RetryClass> = new Set<RetryClass>(['wait_block', 'wait_poll', 'rebuild', 'requote', 'money']);

/** The key of the present try of a reveal: paid under it is paid once, also across a crash. Pure. */
export function revealKey({ id, tries }: Pick<WeightCommitRecord, 'id' | 'tries'>): string {
  return `weights/${id}/reveal/${String(tries + 1)}`;
}

/**
 * The record with what its calls came to: where the commit is once that is final, and how the reveal ended or that another try
 * is due. The same one where that is nothing new. Pure.
 */
export function afterCalls(
  record: WeightCommitRecord,
  { commit, reveal }: { readonly commit: IntentRecord | undefined; readonly reveal: IntentRecord | undefined },
): WeightCommitRecord {
  if (record.end !== undefined) return record;
  const block = commit?.state === 'finalised' ? commit.block?.number : undefined;
  const known = block === undefined || record.committedAt === block ? record : { ...record, committedAt: block };
  return reveal === undefined || !hasEnded(reveal) ? known : afterReveal(known, reveal);
}

function afterReveal(record: WeightCommitRecord, reveal: IntentRecord): WeightCommitRecord {
  const { state, block, changedAtMs: atMs } = reveal;
  if (state !== 'finalised') return afterFailure(record, reveal);
  const at = block === undefined ? '' : ` in block ${String(block.number)}`;
  return ended(record, { state: 'revealed', text: `They were revealed${at}.`, atMs, block: block?.number });
}

function afterFailure(
  record: WeightCommitRecord,
  { id, failure, note, block, changedAtMs: atMs }: IntentRecord,
): WeightCommitRecord {
  const text = `The reveal, intent ${id}, came to nothing: ${failure?.error ?? note}.`;
  const tries = record.tries + 1;
  const again = block === undefined ? undefined : block.number + 1;
  if (failure === undefined && tries < MOST_TRIES) return { ...record, tries, retryAt: again };
  if (failure?.error.endsWith('.ExpiredWeightCommit') === true) return ended(record, { state: 'expired', text, atMs });
  const mayRepeat = failure !== undefined && AGAIN.has(failure.class);
  if (!mayRepeat || tries >= MOST_TRIES) return ended(record, { state: 'failed', text, atMs });
  return { ...record, tries, retryAt: failure.askAtBlock ?? again };
}

/** The record once nothing more becomes of it: what was hidden is forgotten. Pure. */
export function ended(record: WeightCommitRecord, end: WeightCommitEnd): WeightCommitRecord {
  return { ...record, envelope: undefined, retryAt: undefined, end };
}
