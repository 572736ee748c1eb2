import type { FleetReader } from './fleet/port.js';
import { placeAlarms } from './kinds/module/duties/index.js';
import { fingerprintAlarms } from './sessions/index.js';
import type { LivenessWatch } from './sessions/index.js';
import { upkeepAlarms } from './upkeep/index.js';

/** Something that an operator should look at, for as long as it lasts. */
export interface Alarm {
  /** Stable code. */
  readonly reason: string;
  /** What of the fleet it is about: id of a host, name of a miner; '' for the fleet. With the reason it is the same as long as the alarm. */
  readonly about: string;
  readonly text: string;
  /** Unix milliseconds. */
  readonly sinceMs: number;
}

/** All that is raised now, of what of the fleet is seen. */
export function fleetAlarms(
  liveness: Pick<LivenessWatch, 'alarms'>,
  fleet: Pick<FleetReader, 'hosts' | 'miners'>,
  ofStore: readonly Alarm[] = [],
): Alarm[] {
  return [
    ...ofStore,
    ...liveness.alarms().map((alarm) => ({ ...alarm, about: '' })),
    ...upkeepAlarms(fleet.hosts()),
    ...fingerprintAlarms(fleet.hosts()),
    ...placeAlarms(fleet.miners()),
  ];
}
