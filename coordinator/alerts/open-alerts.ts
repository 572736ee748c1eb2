import type { AlertsConfig } from '../../common/config/index.js';
import type { Logger } from '../../common/observe/logger.js';
import type { Alarm } from '../alarms.js';
import type { FleetPort } from '../fleet/port.js';
import { AlertLoop, bookOf } from './loop.js';
import type { AlertTerms } from './loop.js';
import { openTargets } from './open-targets.js';
import type { TargetParts } from './open-targets.js';
import { ruledAlarms } from './rules.js';
import { alertsStanding } from './standing.js';
import type { AlertsStanding } from './standing.js';

/** What alerts are made of. */
export interface OpenAlertsParts extends TargetParts {
  readonly fleet: FleetPort;
  /** Of the fleet, as everybody sees them. */
  readonly fleetAlarms: () => readonly Alarm[];
  readonly logger: Logger;
}

/** Alerts of a coordinator. */
export interface Alerts {
  /** Tells of alarms; undefined when nobody is to be told. */
  readonly loop: AlertLoop | undefined;
  readonly alertDesk: AlertDesk;
}

/** How alerts stand, and what they go by. */
export interface AlertDesk {
  readonly terms: AlertTerms;
  /** Reasons of which nobody is told. */
  readonly ignored: readonly string[];
  standing(): AlertsStanding;
}

/** Opens them as they are configured. Throws as `openTargets` does. */
export async function openAlerts(config: AlertsConfig, parts: OpenAlertsParts): Promise<Alerts> {
  const { fleet, fleetAlarms, clock, logger } = parts;
  const targets = await openTargets(config, parts);
  const ignored = new Set(config.ignore);
  const alarms = (): readonly Alarm[] =>
    [...fleetAlarms(), ...ruledAlarms(fleet, clock.nowMs(), config.certificateWithinMs)].filter(
      ({ reason }) => !ignored.has(reason),
    );
  const { rules: terms, ignore } = config;
  const alertDesk = { terms, ignored: ignore, standing: () => alertsStanding(bookOf(fleet), alarms(), targets) };
  if (targets.length === 0) return { loop: undefined, alertDesk };
  return { loop: new AlertLoop({ fleet, alarms, targets, clock, logger }, terms), alertDesk };
}
