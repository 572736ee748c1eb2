import type { MinerRecord } from '../../common/model/miner.js';
import type { FleetReader } from '../fleet/port.js';

/** A miner whose failures up to now count no more: the next retries begin at once, and a quarantine is over. */
export function forgiven(fleet: FleetReader, miner: MinerRecord): MinerRecord {
  const { failures } = miner;
  if (failures === undefined) return { ...miner, quarantine: undefined };
  let last = failures.countedSerial;
  for (const { serial } of fleet.instancesOf(miner.spec.name)) last = Math.max(last, serial);
  const none = { firstAtMs: 0, countedAtMs: [], countedSerial: last, forgivenSerial: last };
  return { ...miner, failures: { ...failures, ...none }, quarantine: undefined };
}
