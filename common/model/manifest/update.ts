import { z } from 'zod';
import type { CountOrPercent } from '../rollout.js';
import { durationField } from '../schema/amounts.js';
import { strictObject } from '../schema/strict-object.js';
import { LIMITS } from './limits.js';

const countOrPercentExpected = 'a whole number, or a percentage from "0%" to "100%"';

const countOrPercentField = z.union(
  [
    z
      .int()
      .min(0)
      .max(LIMITS.replicas)
      .transform((value): CountOrPercent => ({ kind: 'count', value })),
    z
      .string()
      .regex(/^(?:100|[1-9]?\d)%$/)
      .transform((text): CountOrPercent => ({ kind: 'percent', value: Number(text.slice(0, -1)) })),
  ],
  { error: countOrPercentExpected },
);

/** How a changed spec reaches the instances. */
export const updateField = strictObject({
  maxUnavailable: countOrPercentField
    .prefault('25%')
    .describe('Most wanted instances that may be unavailable at once, rounded down, but one if there is no surge.'),
  maxSurge: countOrPercentField
    .prefault(0)
    .describe('Most instances beyond those wanted, rounded up; none with an identity.'),
  minHealthy: durationField(LIMITS.minHealthyMs)
    .prefault('5s')
    .describe('An updated instance counts once it has run, and been healthy, for this long.'),
  progressDeadline: durationField(LIMITS.progressDeadlineMs)
    .prefault('10m')
    .describe('Longest time without progress before the rollout has failed; 0s means no limit.'),
  autoRollback: z
    .boolean()
    .prefault(false)
    .describe('Whether a failed rollout goes back to the last revision whose rollout completed.'),
}).transform(({ minHealthy, progressDeadline, ...rest }) => ({
  ...rest,
  minHealthyMs: minHealthy,
  progressDeadlineMs: progressDeadline,
}));

/** When the miner is given up; `maxFailures` is left open here, as its default goes by priority. */
export const retryField = strictObject({
  maxFailures: z
    .int()
    .min(0)
    .max(LIMITS.retryFailures)
    .optional()
    .describe(
      'Rounds of failures within the window that quarantine the miner; 0 means never. ' +
        'Without it, by priority: critical 40, high 20, normal 10, low 5, background 3.',
    ),
  window: durationField(LIMITS.retryWindowMs).prefault('6h').describe('Time over which failures are counted.'),
});

/** Failures that quarantine a miner that says nothing of them: doubles with every 200 points of priority, at least 3. */
export function defaultMaxFailures(priority: number): number {
  return Math.max(3, Math.round(10 * 2 ** ((priority - 500) / 200)));
}
