import type { AutoscaleRecord } from '../../common/model/autoscale.js';
import { wantedReplicas } from '../../common/model/miner.js';
import type { MinerRecord } from '../../common/model/miner.js';
import type { FleetPort, Transaction } from '../fleet/port.js';
import { keptSteps } from './limits.js';
import type { ScalePlan } from './plan.js';

/** Writes what was planned for a miner as it was seen; nothing where it has changed since, or where nothing is new. */
export function takeStep(fleet: FleetPort, seen: MinerRecord, plan: ScalePlan): void {
  const from = wantedReplicas(seen);
  if (plan.replicas === from && seen.autoscale?.replicas === from) return;
  fleet.transact((tx) => {
    if (tx.miner(seen.spec.name) === seen) write(tx, seen, plan);
  });
}

function write(tx: Transaction, seen: MinerRecord, { replicas, reason, text }: ScalePlan): void {
  const from = wantedReplicas(seen);
  // Bounds that were moved, and the number that a miner began with, are what was chosen from now on.
  if (replicas === from) tx.putMiner({ ...seen, autoscale: { replicas, steps: seen.autoscale?.steps ?? [] } });
  if (replicas === from) return;
  tx.putMiner({ ...seen, updatedAtMs: tx.atMs, autoscale: stepped(tx, seen, { from, to: replicas, text }) });
  tx.event({ subject: 'miner', id: seen.spec.name, reason, text });
}

function stepped(
  tx: Transaction,
  { spec, autoscale }: MinerRecord,
  step: { readonly from: number; readonly to: number; readonly text: string },
): AutoscaleRecord {
  const rules = spec.autoscale === undefined ? [] : [spec.autoscale.scaleUp, spec.autoscale.scaleDown];
  return { replicas: step.to, steps: keptSteps(autoscale?.steps ?? [], rules, { atMs: tx.atMs, ...step }) };
}
