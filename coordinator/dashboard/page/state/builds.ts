import { isOver } from './standing.js';
import type { InstanceJson } from './wire.js';

/**
 * The instance whose image is told of: the first that is being prepared, else the newest one where its build has failed; undefined where
 * nothing is being built, and what was built last went well. Pure.
 */
export function buildShown(instances: readonly InstanceJson[]): InstanceJson | undefined {
  const busy = instances.find(({ state }) => state === 'INSTANCE_STATE_PREPARING');
  if (busy !== undefined) return busy;
  const [newest] = [...instances].sort((a, b) => Number(b.serial) - Number(a.serial));
  return newest !== undefined && isOver(newest) && newest.reason === 'image_build_failed' ? newest : undefined;
}
