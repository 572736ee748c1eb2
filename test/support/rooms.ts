import type { Clock } from '../../common/model/clock.js';
import type { FleetPort } from '../../coordinator/fleet/port.js';
import { Scheduler } from '../../coordinator/scheduler/index.js';
import type { Reservations } from '../../coordinator/scheduler/index.js';

/** What of the hosts of a fleet can be reserved, by a scheduler that follows it and places nothing. */
export function roomsOf(fleet: FleetPort, clock: Clock): Reservations {
  return new Scheduler(fleet, { clock, random: () => 0, yieldTurn: () => Promise.resolve() }).reservations;
}
