import { isOver } from './standing.js';
import type { InstanceJson } from './wire.js';

const PREPARING = 'INSTANCE_STATE_PREPARING';
/** It has not come as far as a build, or waits for one of its host. */
const NOT_BUILT_YET = ['INSTANCE_STATE_PENDING', 'INSTANCE_STATE_ASSIGNED', PREPARING];

/**
 * The instance whose image is told of: one that is being built, else the newest where its build has failed and nothing newer came so far,
 * else one that is being prepared; undefined where there is none of them. Pure.
 */
export function buildShown(instances: readonly InstanceJson[]): InstanceJson | undefined {
  const busy = instances.filter(({ state }) => state === PREPARING);
  const [newest] = instances
    .filter(({ state }) => !NOT_BUILT_YET.includes(state))
    .sort((a, b) => Number(b.serial) - Number(a.serial));
  const failed = newest !== undefined && isOver(newest) && newest.reason === 'image_build_failed' ? newest : undefined;
  return busy.find(({ reason }) => reason === 'image_building') ?? failed ?? busy[0];
}
