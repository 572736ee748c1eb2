import type { InstanceRecord } from '../../common/model/instance.js';
import type { MinerRecord } from '../../common/model/miner.js';
import type { FleetReader } from '../fleet/port.js';
import type { Held, Sketch } from '../scheduler/index.js';
import type { RebalanceScope } from './move.js';

/** An instance that may be moved. */
export interface Tenant extends Held {
  readonly serial: number;
  readonly miner: string;
  /** Instances of one workload are as good as each other. */
  readonly workloadId: number;
}

/** What is asked of the fleet. */
export type TenantFleet = Pick<FleetReader, 'miner' | 'miners' | 'instancesOn' | 'instancesOf' | 'instance'>;

/** Instances of the scope on a host that may be moved, the youngest first: they have the least to lose. */
export function tenantsOn(fleet: TenantFleet, board: Sketch, host: number, scope: RebalanceScope): Tenant[] {
  const found: Tenant[] = [];
  for (const record of fleet.instancesOn(board.idOf(host))) {
    if (scope.miner !== '' && record.miner !== scope.miner) continue;
    const held = board.heldBy(record.serial);
    if (held?.host !== host || notMovable(fleet.miner(record.miner), record) !== undefined) continue;
    if (held.demand.identity !== '' && !scope.includeIdentities) continue;
    found.push({ ...held, serial: record.serial, miner: record.miner, workloadId: record.workloadId });
  }
  return found.sort((a, b) => b.serial - a.serial);
}

/** Why an instance is left where it is, whatever it would bring; undefined when it may be moved. */
export function notMovable(miner: MinerRecord | undefined, record: InstanceRecord): string | undefined {
  if (miner === undefined || miner.deleting || miner.stopped) return 'its miner is stopped';
  return notMovableOf(miner, record) ?? notMovableNow(record);
}

function notMovableOf(miner: MinerRecord, record: InstanceRecord): string | undefined {
  if (miner.spec.kind === 'lease') return 'it is leased';
  if (miner.spec.kind === 'space') return 'it is where its plots are';
  if (miner.spec.strategy.kind === 'consolidate') return 'its miner is to be consolidated';
  if (record.workloadId !== miner.workloadId) return 'it is about to be replaced by a newer one';
  if (miner.rollout.paused || miner.rollout.state === 'failed') return 'the rollout of its miner is halted';
  return miner.quarantine === undefined ? undefined : 'its miner is quarantined';
}

function notMovableNow(record: InstanceRecord): string | undefined {
  if (record.state !== 'running') return `it is ${record.state}`;
  if (record.health !== 'none' && record.health !== 'healthy') return `it is ${record.health}`;
  return undefined;
}
