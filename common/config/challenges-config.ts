import { z } from 'zod';
import { durationField, strictObject } from '../model/schema/index.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** How hosts are challenged without being asked; parsed to milliseconds. */
export const challengesField = strictObject({
  schedule: z
    .boolean()
    .prefault(false)
    .describe('Whether hosts are challenged by schedule, and not only when an operator asks.'),
  types: z
    .array(z.enum(['cpu', 'memory', 'disk', 'network']))
    .min(1)
    .max(4)
    .prefault(['cpu', 'memory', 'disk', 'network'])
    .describe('What hosts are to prove.'),
  // The longest gap is three times as long, and a proof counts for seven days.
  interval: durationField({ min: MINUTE_MS, max: 2 * DAY_MS })
    .prefault('12h')
    .describe(
      'Mean time between two challenges of one type and host; the times are drawn by chance, so that no host foresees them.',
    ),
  firstWithin: durationField({ min: 1_000, max: DAY_MS })
    .prefault('10m')
    .describe('A host that has proven nothing yet is first asked within this time.'),
  confirmWithin: durationField({ min: 1_000, max: DAY_MS })
    .prefault('10m')
    .describe('What a host failed is asked once more within this time.'),
  atOnce: z
    .int()
    .min(1)
    .max(1_000)
    .prefault(4)
    .describe('Challenges of the whole fleet that may be under way at once; of one host there is one at most.'),
})
  .prefault({})
  .transform(({ schedule, types, interval, firstWithin, confirmWithin, atOnce }) => ({
    schedule: schedule
      ? { types, intervalMs: interval, firstMs: firstWithin, confirmMs: confirmWithin, mostAtOnce: atOnce }
      : undefined,
  }));
