import { HeadframeError } from '../../common/model/error.js';
import { parseManifest, specToFullManifest } from '../../common/model/manifest/index.js';
import type { MinerRecord, MinerSpec } from '../../common/model/miner.js';
import type { RevisionRecord } from '../../common/model/revision.js';
import type { Transaction } from '../fleet/port.js';
import { drawWorkloadId, existingMiner, kindOf, putChanged } from './change-miner.js';
import type { MinerKinds } from './change-miner.js';
import { keepingInPlace } from './classify.js';
import { forgiven } from './forgive.js';
import { lastGood } from './revisions.js';
import { revised, updatedLimit } from './revise.js';

/** Which revision to go back to, and who wants it. */
export interface Rollback {
  /** 0 means the newest good one other than the present. */
  readonly toRevision: number;
  readonly cause: 'rollback' | 'autoRollback';
  /** Told with the event. */
  readonly text?: string;
  /** Throws `HeadframeError` where what would run again is no longer granted. */
  readonly judge?: ((spec: MinerSpec) => void) | undefined;
}

/**
 * Has a miner's instances run an earlier revision again; what they do not see, such as replicas, stays. Instances that
 * still run it go on. Throws `HeadframeError`: not_found (`miner_not_found`, `revision_not_found`), failed_precondition
 * (`miner_deleting`, `no_good_revision`, `rollback_invalid`); and what `judge` throws.
 */
export function rollbackMiner(tx: Transaction, name: string, kinds: MinerKinds, rollback: Rollback): MinerRecord {
  const before = existingMiner(tx, name);
  const present = before.rollout.toRevision;
  const target = targetOf(tx, before, rollback.toRevision);
  if (target.revision === present) return before;
  const spec = checkedSpec(keepingInPlace(target.spec, before.spec), target);
  rollback.judge?.(spec);
  const workload =
    tx.workload(target.workloadId) ??
    kindOf(spec, kinds).resolve(spec, { workloadId: drawWorkloadId(tx), specRevision: target.revision });
  const after = { ...revised(tx, before, { cause: rollback.cause, spec, workload }), specRevision: tx.revision };
  const text = `From revision ${String(present)} back to ${String(target.revision)}. ${rollback.text ?? ''}`.trimEnd();
  return putChanged(tx, after, { reason: 'miner_rolled_back', text });
}

/** Stops the replacing of instances until `resumeMiner`; scaling, retries and drains go on. Throws like `scaleMiner`. */
export function pauseMiner(tx: Transaction, name: string): MinerRecord {
  const before = existingMiner(tx, name);
  if (before.rollout.paused) return before;
  const rollout = { ...before.rollout, paused: true, updatedLimit: updatedLimit(tx, before) };
  const text = 'Nothing is replaced until it is resumed.';
  return putChanged(tx, { ...before, rollout }, { reason: 'rollout_paused', text });
}

/** Goes on with a paused or failed rollout, with a new deadline. Otherwise does nothing. Throws like `scaleMiner`. */
export function resumeMiner(tx: Transaction, name: string): MinerRecord {
  const before = existingMiner(tx, name);
  const { paused, state } = before.rollout;
  if (!paused && state !== 'failed') return before;
  const again = { state: 'progressing', endedAtMs: 0, reason: 'rollout_progressing', text: 'It was resumed.' } as const;
  const rollout = {
    ...before.rollout,
    ...(state === 'failed' ? again : {}),
    paused: false,
    updatedLimit: undefined,
    progressedAtMs: tx.atMs,
  };
  return putChanged(tx, { ...before, rollout }, { reason: 'rollout_resumed', text: 'Replacing goes on.' });
}

/** Ends a quarantine and forgets the failures behind it: retries begin at once. Throws like `scaleMiner`. */
export function releaseMiner(tx: Transaction, name: string): MinerRecord {
  const before = existingMiner(tx, name);
  const { failures, quarantine } = before;
  if (quarantine === undefined && (failures === undefined || failures.countedAtMs.length === 0)) return before;
  const text = 'Its failures are forgotten; what is missing is tried again.';
  return putChanged(tx, forgiven(tx, before), { reason: 'miner_released', text });
}

function targetOf(tx: Transaction, { spec, rollout }: MinerRecord, toRevision: number): RevisionRecord {
  const history = tx.historyOf(spec.name);
  const metadata = { miner: spec.name };
  const remedy = `See headframe miners history ${spec.name}.`;
  if (toRevision === 0) {
    const good = lastGood(history, rollout.toRevision);
    if (good !== undefined) return good;
    const message = `no other revision of ${spec.name} has ever run in full`;
    throw new HeadframeError({ code: 'failed_precondition', reason: 'no_good_revision', message, remedy, metadata });
  }
  const found = history.revisions.find(({ revision }) => revision === toRevision);
  if (found !== undefined) return found;
  const message = `revision ${String(toRevision)} of ${spec.name} is not kept`;
  throw new HeadframeError({ code: 'not_found', reason: 'revision_not_found', message, remedy, metadata });
}

/** Fields of two specs may not go together, such as several replicas with an identity. */
function checkedSpec(spec: MinerSpec, { revision }: RevisionRecord): MinerSpec {
  const parsed = parseManifest(specToFullManifest(spec));
  if ('value' in parsed) return spec;
  throw new HeadframeError({
    code: 'failed_precondition',
    reason: 'rollback_invalid',
    message: `revision ${String(revision)} of ${spec.name} does not go with the replicas or policies it has now`,
    remedy: 'Change those first, or apply a manifest of its own.',
    violations: parsed.violations,
  });
}
