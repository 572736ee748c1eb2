import { HeadframeError } from '../../common/model/error.js';
import type { MinerRecord, MinerSpec } from '../../common/model/miner.js';
import type { Workload } from '../../common/model/workload.js';
import type { Transaction } from '../fleet/port.js';
import type { MinerKind } from '../kinds/miner-kind.js';
import { requireNamespace } from '../namespaces/index.js';
import { classifyChange } from './classify.js';
import type { ApplyChange } from './classify.js';

/** What applying did to one miner. */
export interface ApplyResult {
  readonly name: string;
  readonly change: ApplyChange;
  readonly changedPaths: readonly string[];
}

const NEXT_WORKLOAD = 'rollout.nextWorkload';

/**
 * Applies specs in one transaction, all or none. Throws `HeadframeError`: failed_precondition (`miner_deleting`,
 * `kind_fixed`), not_found (`namespace_not_found`), invalid_argument (`kind_unknown`, `miner_twice`).
 */
export function applyMiners(
  tx: Transaction,
  specs: readonly MinerSpec[],
  kinds: ReadonlyMap<string, MinerKind>,
): ApplyResult[] {
  refuseTwice(specs);
  return specs.map((spec) => applyMiner(tx, spec, kinds));
}

/** Sets the number of replicas, also of a stopped miner, which it starts. Throws not_found or failed_precondition. */
export function scaleMiner(tx: Transaction, name: string, replicas: number): MinerRecord {
  const before = existingMiner(tx, name);
  if (before.spec.replicas === replicas && !before.stopped) return before;
  const text = `Scaled from ${String(before.stopped ? 0 : before.spec.replicas)} to ${String(replicas)}.`;
  const after = { ...before, spec: { ...before.spec, replicas }, stopped: false };
  return putChanged(tx, after, { reason: 'miner_scaled', text });
}

/** Has every instance replaced, by a workload that differs in its id alone; starts a stopped miner. Throws like `scaleMiner`. */
export function restartMiner(tx: Transaction, name: string): MinerRecord {
  const before = existingMiner(tx, name);
  const workload = tx.workload(before.workloadId);
  if (workload === undefined) throw workloadMissing(name);
  const id = drawWorkloadId(tx);
  const after = { ...before, workloadId: id, stopped: false };
  replaceWorkload(tx, before, { ...workload, id });
  return putChanged(tx, after, { reason: 'miner_restarted', text: 'Its instances are replaced.' });
}

/** Stops all instances and keeps the miner. Throws like `scaleMiner`. */
export function stopMiner(tx: Transaction, name: string): MinerRecord {
  const before = existingMiner(tx, name);
  if (before.stopped) return before;
  return putChanged(tx, { ...before, stopped: true }, { reason: 'miner_stopped', text: 'Its instances are stopped.' });
}

/** Begins the deletion; the rollout removes the record once all instances have ended. Again does nothing. Throws not_found. */
export function deleteMiner(tx: Transaction, name: string): MinerRecord {
  const before = knownMiner(tx, name);
  if (before.deleting) return before;
  return putChanged(
    tx,
    { ...before, deleting: true },
    { reason: 'miner_deleting', text: 'Its instances are stopped.' },
  );
}

function applyMiner(tx: Transaction, spec: MinerSpec, kinds: ReadonlyMap<string, MinerKind>): ApplyResult {
  requireNamespace(tx, spec.namespace);
  const before = tx.miner(spec.name);
  if (before === undefined) return createMiner(tx, spec, kindOf(spec, kinds));
  if (before.deleting) throw deleting(spec.name);
  const { change, changedPaths } = classifyChange(before.spec, spec);
  if (changedPaths.includes('kind')) throw kindFixed(before.spec);
  const why = { reason: 'miner_updated', text: `Changed: ${changedPaths.join(', ')}.` };
  if (change === 'updatedInPlace') putChanged(tx, { ...before, spec, specRevision: tx.revision }, why);
  if (change === 'updatedByReplacement') {
    const workload = drawWorkload(tx, spec, kindOf(spec, kinds));
    replaceWorkload(tx, before, workload);
    putChanged(tx, { ...before, spec, specRevision: tx.revision, workloadId: workload.id }, why);
  }
  return { name: spec.name, change, changedPaths };
}

function createMiner(tx: Transaction, spec: MinerSpec, kind: MinerKind): ApplyResult {
  const workload = drawWorkload(tx, spec, kind);
  tx.putWorkload(workload);
  const times = { createdAtMs: tx.atMs, updatedAtMs: tx.atMs };
  const flags = { stopped: false, deleting: false };
  tx.putMiner({ spec, specRevision: tx.revision, workloadId: workload.id, ...times, ...flags });
  const text = `Applied with ${String(spec.replicas)} replicas.`;
  tx.event({ subject: 'miner', id: spec.name, reason: 'miner_applied', text });
  return { name: spec.name, change: 'created', changedPaths: [] };
}

function putChanged(tx: Transaction, after: MinerRecord, why: { reason: string; text: string }): MinerRecord {
  const record = { ...after, updatedAtMs: tx.atMs };
  tx.putMiner(record);
  tx.event({ subject: 'miner', id: record.spec.name, ...why });
  return record;
}

/** Puts the workload that follows; the one before goes at once if no instance ever ran it. */
function replaceWorkload(tx: Transaction, before: MinerRecord, next: Workload): void {
  if (tx.instancesOfWorkload(before.workloadId) === 0) tx.removeWorkload(before.workloadId);
  tx.putWorkload(next);
}

function drawWorkload(tx: Transaction, spec: MinerSpec, kind: MinerKind): Workload {
  return kind.resolve(spec, { workloadId: drawWorkloadId(tx), specRevision: tx.revision });
}

function drawWorkloadId(tx: Transaction): number {
  const kept = tx.setting(NEXT_WORKLOAD);
  const id = kept !== undefined && 'next' in kept && typeof kept.next === 'number' ? kept.next : 1;
  tx.putSetting(NEXT_WORKLOAD, { next: id + 1 });
  return id;
}

function existingMiner(tx: Transaction, name: string): MinerRecord {
  const found = knownMiner(tx, name);
  if (found.deleting) throw deleting(name);
  return found;
}

function knownMiner(tx: Transaction, name: string): MinerRecord {
  const found = tx.miner(name);
  if (found === undefined)
    throw new HeadframeError({
      code: 'not_found',
      reason: 'miner_not_found',
      message: `there is no miner ${name}`,
      remedy: 'See headframe miners ls.',
      metadata: { miner: name },
    });
  return found;
}

function kindOf(spec: MinerSpec, kinds: ReadonlyMap<string, MinerKind>): MinerKind {
  const kind = kinds.get(spec.kind);
  if (kind !== undefined) return kind;
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'kind_unknown',
    message: `miner ${spec.name} is of the unknown kind ${spec.kind}`,
    remedy: `Use one of: ${[...kinds.keys()].join(', ')}.`,
    metadata: { miner: spec.name },
  });
}

function refuseTwice(specs: readonly MinerSpec[]): void {
  const seen = new Set<string>();
  for (const { name } of specs) {
    if (seen.has(name))
      throw new HeadframeError({
        code: 'invalid_argument',
        reason: 'miner_twice',
        message: `miner ${name} is given twice`,
        remedy: 'Give each miner once.',
        metadata: { miner: name },
      });
    seen.add(name);
  }
}

function deleting(name: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'miner_deleting',
    message: `miner ${name} is being deleted`,
    remedy: 'Wait until it is gone, then apply it again.',
    metadata: { miner: name },
  });
}

function kindFixed(before: MinerSpec): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'kind_fixed',
    message: `miner ${before.name} is of kind ${before.kind}, which cannot change`,
    remedy: 'Delete the miner first, or give the new one another name.',
    metadata: { miner: before.name },
  });
}

function workloadMissing(name: string): HeadframeError {
  return new HeadframeError({ code: 'internal', reason: 'workload_missing', message: `miner ${name} has no workload` });
}
