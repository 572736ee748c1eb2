import { HeadframeError } from '../../common/model/error.js';
import { wantedReplicas } from '../../common/model/miner.js';
import type { MinerRecord, MinerSpec } from '../../common/model/miner.js';
import type { Workload } from '../../common/model/workload.js';
import type { Transaction } from '../fleet/port.js';
import type { MinerKind } from '../kinds/miner-kind.js';
import { requireNamespace } from '../namespaces/index.js';
import { keptChoice, refuseAutoscaled } from './autoscaled.js';
import { deleting, drawWorkloadId, existingMiner, kindOf, knownMiner, putChanged } from './change-miner.js';
import type { MinerKinds } from './change-miner.js';
import { classifyChange } from './classify.js';
import type { ApplyChange } from './classify.js';
import { forgiven } from './forgive.js';
import { firstRollout, revised } from './revise.js';

/** What applying did to one miner. */
export interface ApplyResult {
  readonly name: string;
  readonly change: ApplyChange;
  readonly changedPaths: readonly string[];
}

/**
 * Applies specs in one transaction, all or none. Throws `HeadframeError`: failed_precondition (`miner_deleting`,
 * `kind_fixed`), not_found (`namespace_not_found`), invalid_argument (`kind_unknown`, `miner_twice`).
 */
export function applyMiners(tx: Transaction, specs: readonly MinerSpec[], kinds: MinerKinds): ApplyResult[] {
  refuseTwice(specs);
  return specs.map((spec) => applyMiner(tx, spec, kinds));
}

/**
 * Sets the number of replicas, also of a stopped miner, which it starts. Throws not_found or failed_precondition
 * (`miner_deleting`, `miner_autoscaled`).
 */
export function scaleMiner(tx: Transaction, name: string, replicas: number): MinerRecord {
  const before = existingMiner(tx, name);
  refuseAutoscaled(before.spec);
  if (before.spec.replicas === replicas && !before.stopped) return before;
  const text = `Scaled from ${String(before.stopped ? 0 : before.spec.replicas)} to ${String(replicas)}.`;
  const after = { ...before, spec: { ...before.spec, replicas } };
  return putChanged(tx, started(tx, after), { reason: 'miner_scaled', text });
}

/**
 * Has every instance replaced, by a workload that differs in its id alone; starts a stopped miner, forgives its failures.
 * Throws like `scaleMiner`, and failed_precondition (`miner_paused`).
 */
export function restartMiner(tx: Transaction, name: string): MinerRecord {
  const before = existingMiner(tx, name);
  const workload = tx.workload(before.workloadId);
  if (workload === undefined) throw workloadMissing(name);
  if (before.rollout.paused && !before.stopped) throw paused(name);
  const next = { ...workload, id: drawWorkloadId(tx) };
  const after = { ...revised(tx, before, { cause: 'restart', spec: before.spec, workload: next }), stopped: false };
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

function applyMiner(tx: Transaction, spec: MinerSpec, kinds: MinerKinds): ApplyResult {
  requireNamespace(tx, spec.namespace);
  const before = tx.miner(spec.name);
  if (before === undefined) return createMiner(tx, spec, kindOf(spec, kinds));
  if (before.deleting) throw deleting(spec.name);
  const { change, changedPaths } = classifyChange(before.spec, spec);
  if (changedPaths.includes('kind')) throw kindFixed(before.spec);
  const why = { reason: 'miner_updated', text: `Changed: ${changedPaths.join(', ')}.` } as const;
  const specRevision = tx.revision;
  const autoscale = keptChoice(before, spec);
  if (change === 'updatedInPlace') putChanged(tx, { ...forgiven(tx, before), spec, specRevision, autoscale }, why);
  if (change === 'updatedByReplacement') {
    const workload = drawWorkload(tx, spec, kindOf(spec, kinds));
    putChanged(tx, { ...revised(tx, before, { cause: 'apply', spec, workload }), specRevision, autoscale }, why);
  }
  return { name: spec.name, change, changedPaths };
}

function createMiner(tx: Transaction, spec: MinerSpec, kind: MinerKind): ApplyResult {
  const workload = drawWorkload(tx, spec, kind);
  tx.putWorkload(workload);
  const times = { createdAtMs: tx.atMs, updatedAtMs: tx.atMs };
  const flags = { stopped: false, deleting: false, failures: undefined, quarantine: undefined };
  const rollout = firstRollout(tx, { cause: 'apply', spec, workload });
  const record = { spec, specRevision: tx.revision, workloadId: workload.id, ...times, ...flags, rollout };
  tx.putMiner(record);
  const text = `Applied with ${String(wantedReplicas(record))} replicas.`;
  tx.event({ subject: 'miner', id: spec.name, reason: 'miner_applied', text });
  return { name: spec.name, change: 'created', changedPaths: [] };
}

/** A stopped miner begins again, and so does the time that its rollout is given. */
function started(tx: Transaction, miner: MinerRecord): MinerRecord {
  if (!miner.stopped) return miner;
  return { ...miner, stopped: false, rollout: { ...miner.rollout, progressedAtMs: tx.atMs } };
}

function drawWorkload(tx: Transaction, spec: MinerSpec, kind: MinerKind): Workload {
  return kind.resolve(spec, { workloadId: drawWorkloadId(tx), specRevision: tx.revision });
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

function kindFixed(before: MinerSpec): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'kind_fixed',
    message: `miner ${before.name} is of kind ${before.kind}, which cannot change`,
    remedy: 'Delete the miner first, or give the new one another name.',
    metadata: { miner: before.name },
  });
}

function paused(name: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'miner_paused',
    message: `the rollout of miner ${name} is paused, so that nothing of it is replaced`,
    remedy: `Resume it first: headframe miners resume ${name}.`,
    metadata: { miner: name },
  });
}

function workloadMissing(name: string): HeadframeError {
  return new HeadframeError({ code: 'internal', reason: 'workload_missing', message: `miner ${name} has no workload` });
}
