import { randomBytes } from 'node:crypto';
import { secretChance } from './chance.js';
import { ChallengeSchedule } from './loop.js';
import type { ChallengeScheduleParts } from './loop.js';
import type { ScheduleSettings } from './settings.js';

const KEY_BYTES = 32;

/** The schedule as it is configured; undefined where there is none. Its dates are drawn anew at each start. */
export function openSchedule(
  settings: ScheduleSettings | undefined,
  parts: Omit<ChallengeScheduleParts, 'chance'>,
): ChallengeSchedule | undefined {
  if (settings === undefined) return undefined;
  return new ChallengeSchedule({ ...parts, chance: secretChance(randomBytes(KEY_BYTES)) }, settings);
}
