import { z } from 'zod';
import type { HealthCheck, Probe, RestartPolicy } from '../miner.js';
import { durationField } from '../schema/amounts.js';
import { strictObject } from '../schema/strict-object.js';
import { LIMITS } from './limits.js';
import { portNumber } from './port.js';
import { argumentField } from './texts.js';

const httpProbe = strictObject({
  port: portNumber.describe('Container port that is asked.'),
  path: z
    .string()
    .max(LIMITS.path)
    .regex(/^\/[\x21-\x7e]*$/, 'a path beginning with "/", without spaces')
    .prefault('/')
    .describe('Path of the request; an answer from 200 to 399 is healthy.'),
});

/** A health check with exactly one probe. */
export const healthField = strictObject({
  http: httpProbe.optional().describe('Asks by HTTP.'),
  tcp: strictObject({ port: portNumber.describe('Container port that is asked.') })
    .optional()
    .describe('Opens a connection.'),
  exec: strictObject({
    command: z
      .array(argumentField)
      .min(1)
      .max(LIMITS.commandEntries)
      .describe('Command run inside the container; exit code 0 is healthy.'),
  })
    .optional()
    .describe('Runs a command.'),
  image: z.literal(true).optional().describe('Uses the HEALTHCHECK of the image.'),
  startPeriod: durationField(LIMITS.healthStartMs)
    .prefault('0s')
    .describe('Failures within this time after the start do not count.'),
  interval: durationField(LIMITS.healthIntervalMs).prefault('10s').describe('Time between two checks.'),
  timeout: durationField(LIMITS.healthTimeoutMs).prefault('5s').describe('Longest time a check may take.'),
  retries: z
    .int()
    .min(1)
    .max(LIMITS.healthRetries)
    .prefault(3)
    .describe('Failures in a row that make an instance unhealthy.'),
}).transform((health, context): HealthCheck => {
  const probes = probesOf(health);
  const [probe] = probes;
  if (probe === undefined || probes.length > 1) {
    context.addIssue({ code: 'custom', message: 'exactly one of http, tcp, exec, image' });
    return z.NEVER;
  }
  return {
    probe,
    startPeriodMs: health.startPeriod,
    intervalMs: health.interval,
    timeoutMs: health.timeout,
    retries: health.retries,
  };
});

const restartCondition = z.enum(['always', 'onFailure', 'never']);

const restartObject = strictObject({
  condition: restartCondition.prefault('always').describe('When an ended container is started again.'),
  maxAttempts: z
    .int()
    .min(0)
    .max(LIMITS.restartAttempts)
    .prefault(10)
    .describe('Restarts on the same host within the window before the instance is replaced; 0 means no limit.'),
  window: durationField(LIMITS.restartWindowMs).prefault('10m').describe('Time over which restarts are counted.'),
  backoff: durationField(LIMITS.restartBackoffMs)
    .prefault('100ms')
    .describe('Delay before the first restart; doubles with each, and up to a quarter is added.'),
  maxBackoff: durationField(LIMITS.restartBackoffMs).prefault('1m').describe('Largest delay.'),
})
  .refine(({ backoff, maxBackoff }) => maxBackoff >= backoff, {
    path: ['maxBackoff'],
    error: 'at least as long as backoff',
  })
  .transform((restart): RestartPolicy => ({
    condition: restart.condition,
    maxAttempts: restart.maxAttempts,
    windowMs: restart.window,
    backoffMs: restart.backoff,
    maxBackoffMs: restart.maxBackoff,
  }));

/** When and how fast an ended container is started again: a condition alone, or with its numbers. */
export const restartField = z.union([
  restartCondition.transform((condition) => restartObject.parse({ condition })),
  restartObject,
]);

interface Probes {
  readonly http?: { readonly port: number; readonly path: string } | undefined;
  readonly tcp?: { readonly port: number } | undefined;
  readonly exec?: { readonly command: string[] } | undefined;
  readonly image?: true | undefined;
}

function probesOf({ http, tcp, exec, image }: Probes): Probe[] {
  const probes: Probe[] = [];
  if (http !== undefined) probes.push({ kind: 'http', ...http });
  if (tcp !== undefined) probes.push({ kind: 'tcp', ...tcp });
  if (exec !== undefined) probes.push({ kind: 'exec', ...exec });
  if (image !== undefined) probes.push({ kind: 'image' });
  return probes;
}
