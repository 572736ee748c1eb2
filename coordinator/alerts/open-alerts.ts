import type { AlertsConfig } from '../../common/config/index.js';
import type { Logger } from '../../common/observe/logger.js';
import type { Alarm } from '../alarms.js';
import type { FleetPort } from '../fleet/port.js';
import { AlertLoop } from './loop.js';
import { openTargets } from './open-targets.js';
import type { TargetParts } from './open-targets.js';
import { ruledAlarms } from './rules.js';

/** What alerts are made of. */
export interface OpenAlertsParts extends TargetParts {
  readonly fleet: FleetPort;
  /** Of the fleet, as everybody sees them. */
  readonly fleetAlarms: () => readonly Alarm[];
  readonly logger: Logger;
}

/** The loop that tells of alarms; undefined when nobody is to be told. Throws as `openTargets` does. */
export async function openAlerts(config: AlertsConfig, parts: OpenAlertsParts): Promise<AlertLoop | undefined> {
  const { fleet, fleetAlarms, clock, logger } = parts;
  const targets = await openTargets(config, parts);
  if (targets.length === 0) return undefined;
  const ignored = new Set(config.ignore);
  const alarms = (): readonly Alarm[] =>
    [...fleetAlarms(), ...ruledAlarms(fleet, clock.nowMs(), config.certificateWithinMs)].filter(
      ({ reason }) => !ignored.has(reason),
    );
  return new AlertLoop({ fleet, alarms, targets, clock, logger }, config.rules);
}
