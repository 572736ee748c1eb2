import { HeadframeError } from '../../common/model/error.js';
import type { MinerSpec } from '../../common/model/miner.js';
import type { FleetReader } from '../fleet/port.js';

/** Throws `HeadframeError` (already_exists, 'miner_exists') where a miner of one of these names is there, or is being deleted. */
export function requireNew(fleet: Pick<FleetReader, 'miner'>, specs: readonly Pick<MinerSpec, 'name'>[]): void {
  const there = specs.find(({ name }) => fleet.miner(name) !== undefined);
  if (there === undefined) return;
  throw new HeadframeError({
    code: 'already_exists',
    reason: 'miner_exists',
    message: `there is a miner ${there.name} already`,
    remedy: 'Change it by its manifest, headframe apply; over HTTP, POST /api/miner/modules/NAME/start starts it.',
    metadata: { miner: there.name },
  });
}
