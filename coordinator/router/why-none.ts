import type { HeadframeError } from '../../common/model/error.js';
import type { FleetReader } from '../fleet/port.js';
import { noneReady } from './ask-errors.js';
import { standingOf } from './standing.js';

/** Instances that are looked at to tell why none can be asked. */
const MOST_LOOKS = 1_000;

/** Why no instance of a model can be asked, by how many of each sort there are. */
export function whyNone(fleet: Pick<FleetReader, 'miner' | 'instancesOf' | 'host'>, model: string): HeadframeError {
  const miner = fleet.miner(model);
  if (miner === undefined || miner.deleting) return noneReady(model, 'it is being deleted');
  if (miner.stopped) return noneReady(model, 'it is stopped');
  const counts = new Map<string, number>();
  let looks = 0;
  for (const record of fleet.instancesOf(model)) {
    const host = record.hostId === undefined ? undefined : fleet.host(record.hostId);
    const { why } = standingOf(record, host);
    counts.set(why, (counts.get(why) ?? 0) + 1);
    looks += 1;
    if (looks >= MOST_LOOKS) break;
  }
  const sorts = [...counts].map(([why, count]) => `${String(count)}: ${why}`).slice(0, 5);
  return noneReady(model, sorts.length === 0 ? 'it has no instances' : sorts.join('; '));
}
