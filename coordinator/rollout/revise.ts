import { isEnded } from '../../common/model/instance.js';
import { wantedReplicas } from '../../common/model/miner.js';
import type { MinerRecord, MinerSpec } from '../../common/model/miner.js';
import type { RolloutCause, RolloutRecord } from '../../common/model/rollout.js';
import type { Workload } from '../../common/model/workload.js';
import type { FleetReader, Transaction } from '../fleet/port.js';
import { lastGood, withKnown, withOutcome, withRevision } from './revisions.js';

/** What a miner's instances are to run from now on. */
export interface Revision {
  readonly cause: RolloutCause;
  readonly spec: MinerSpec;
  /** New, or one that is there already. */
  readonly workload: Workload;
}

const NOTHING_RAN = { fromRevision: 0, fromWorkloadId: 0, goodRevision: 0 } as const;
const BEGINNING = { state: 'progressing', progress: 0, endedAtMs: 0, reason: 'rollout_progressing' } as const;

/** The rollout that brings the first instances of a miner. */
export function firstRollout(tx: Transaction, { spec, workload }: Revision): RolloutRecord {
  const { specRevision: toRevision } = workload;
  const first = { revision: toRevision, workloadId: workload.id, spec, appliedAtMs: tx.atMs };
  const history = { ...first, outcome: 'progressing' as const, endedAtMs: 0, text: '' };
  tx.putHistory(spec.name, withRevision(tx.historyOf(spec.name), history));
  const times = { startedAtMs: tx.atMs, progressedAtMs: tx.atMs };
  const text = `Revision ${String(toRevision)} begins to run.`;
  return {
    ...NOTHING_RAN,
    ...BEGINNING,
    ...times,
    cause: 'apply',
    paused: false,
    toRevision,
    updatedLimit: undefined,
    text,
  };
}

/** A miner whose instances are replaced by those of another workload; its failures are forgiven. Puts all but the miner. */
export function revised(tx: Transaction, before: MinerRecord, next: Revision): MinerRecord {
  const { workload, spec, cause } = next;
  const name = spec.name;
  const from = cameFrom(tx, before, workload.id);
  tellHistory(tx, before, next);
  if (workload.id !== before.workloadId && tx.instancesOfWorkload(before.workloadId) === 0)
    tx.removeWorkload(before.workloadId);
  tx.putWorkload(workload);
  const toRevision = workload.specRevision;
  const after = { ...before, spec, workloadId: workload.id, failures: undefined, quarantine: undefined };
  const paused = before.rollout.paused && cause === 'apply';
  const rollout: RolloutRecord = {
    ...BEGINNING,
    ...from,
    cause,
    paused,
    toRevision,
    goodRevision: cause === 'apply' ? (lastGood(tx.historyOf(name), toRevision)?.revision ?? 0) : 0,
    startedAtMs: tx.atMs,
    progressedAtMs: tx.atMs,
    updatedLimit: paused ? updatedLimit(tx, after) : undefined,
    text: `Revision ${String(toRevision)} replaces ${String(from.fromRevision)}.`,
  };
  return { ...after, rollout };
}

/** How many instances run the new workload or are missing: while nothing is replaced, no more are to run it. */
export function updatedLimit(fleet: FleetReader, miner: MinerRecord): number | undefined {
  let older = 0;
  for (const { state, workloadId } of fleet.instancesOf(miner.spec.name))
    if (!isEnded(state) && state !== 'stopping' && workloadId !== miner.workloadId) older += 1;
  return older === 0 ? undefined : Math.max(0, wantedReplicas(miner) - older);
}

/** What the instances ran before: while a rollout had not come to its end, what that one began with. */
function cameFrom(
  tx: Transaction,
  { workloadId, rollout }: MinerRecord,
  nextId: number,
): Pick<RolloutRecord, 'fromRevision' | 'fromWorkloadId'> {
  const ended = rollout.state === 'complete' || rollout.state === 'rolledBack';
  const { fromWorkloadId, fromRevision } = rollout;
  if (!ended && fromWorkloadId !== nextId && tx.workload(fromWorkloadId) !== undefined)
    return { fromRevision, fromWorkloadId };
  return { fromRevision: rollout.toRevision, fromWorkloadId: workloadId };
}

function tellHistory(tx: Transaction, before: MinerRecord, { cause, spec, workload }: Revision): void {
  const { name } = spec;
  const { specRevision: revision, id: workloadId } = workload;
  let history = tx.historyOf(name);
  const left = before.rollout.toRevision;
  const text = `Revision ${String(revision)} took its place.`;
  const ended = { atMs: tx.atMs, text };
  if (cause === 'rollback' || cause === 'autoRollback')
    history = withOutcome(history, left, { outcome: 'rolledBack', ...ended });
  else if (before.rollout.state === 'progressing' && left !== revision)
    history = withOutcome(history, left, { outcome: 'superseded', ...ended });
  if (history.revisions.some((one) => one.revision === revision))
    history = withKnown(history, revision, { workloadId });
  else
    history = withRevision(history, {
      revision,
      workloadId,
      spec,
      outcome: 'progressing',
      appliedAtMs: tx.atMs,
      endedAtMs: 0,
      text: '',
    });
  tx.putHistory(name, history);
}
