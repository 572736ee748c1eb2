import { holdsCapacity, isEnded } from '../../common/model/instance.js';
import type { FleetReader } from '../fleet/port.js';
import type { JobMove } from './job.js';

/** Host of a move's replacement, '' when it is on another than planned; undefined while there is none. */
export function landedOn(fleet: FleetReader, move: JobMove): string | undefined {
  if (isOn(fleet, move)) return move.toId;
  return move.hasIdentity ? holdersHost(fleet, move) : someHost(fleet, move);
}

function isOn(fleet: FleetReader, { miner, toId, beganAtMs }: JobMove): boolean {
  for (const one of fleet.instancesOn(toId))
    if (one.miner === miner && one.createdAtMs >= beganAtMs && holdsCapacity(one.state)) return true;
  return false;
}

/** Where the identity is now, the one that leaves apart. */
function holdersHost(fleet: FleetReader, { miner, serial }: JobMove): string | undefined {
  const workloadId = fleet.miner(miner)?.workloadId;
  const identity = workloadId === undefined ? undefined : fleet.workload(workloadId)?.identity;
  const holder = identity === undefined ? undefined : fleet.holderOf(identity);
  return holder?.serial === serial ? undefined : holder?.hostId;
}

/** The rollout ends the one that leaves only once its replacement does its work. */
function someHost(fleet: FleetReader, { serial }: JobMove): string | undefined {
  const record = fleet.instance(serial);
  return record === undefined || isEnded(record.state) ? '' : undefined;
}
