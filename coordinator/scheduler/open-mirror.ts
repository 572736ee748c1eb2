import type { FleetPort, FleetReader } from '../fleet/port.js';
import { atOnce, inTurns } from '../in-turns.js';
import type { StoreCommit } from '../store/store.js';
import { FleetMirror } from './fleet-mirror.js';

/** A mirror of a fleet that may have changed while it was counted. */
export interface OpenedMirror {
  /** It, with all that was changed until now; what comes then is for whoever takes it to follow. Called once. */
  readonly take: () => FleetMirror;
}

/** Of what the fleet holds, counted at once. */
export function mirrorOf(fleet: FleetReader): FleetMirror {
  const mirror = new FleetMirror(fleet);
  atOnce(mirror.counting());
  return mirror;
}

/**
 * Of what the fleet holds, counted in turns of the event loop: a million instances take a second. What is changed meanwhile is
 * counted as it was found, and followed once all was: so each record comes to what the last change says.
 */
export async function openMirror(fleet: FleetReader & Pick<FleetPort, 'onApplied'>): Promise<OpenedMirror> {
  const mirror = new FleetMirror(fleet);
  const commits: StoreCommit[] = [];
  const unfollow = fleet.onApplied((commit) => commits.push(commit));
  await inTurns(mirror.counting());
  const take = (): FleetMirror => {
    unfollow();
    for (const commit of commits) mirror.apply(commit);
    return mirror;
  };
  return { take };
}
