import type { FleetReader } from '../../../fleet/port.js';
import { tooManyModules } from './refusals.js';

/** Each is shown in one list. */
const MOST_MODULES = 1_000;

/** Throws HeadframeError (resource_exhausted, 'too_many_modules') where there is no room for another module. */
export function requireRoom(fleet: Pick<FleetReader, 'modules'>): void {
  if ([...fleet.modules()].length >= MOST_MODULES) throw tooManyModules(MOST_MODULES);
}
