import { z } from 'zod';
import { durationField, strictObject } from '../model/schema/index.js';
import { emailField } from './alerts-email-config.js';
import { absolutePathField } from './fields.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const webhookUrl = z
  .string()
  .max(2_000)
  .refine(isWebhookUrl, 'http:// or https://, without a user, a password and a fragment');

/** Who is told of what is wrong with the fleet, and when; parsed to milliseconds. */
export const alertsField = strictObject({
  raiseAfter: durationField({ min: 0, max: DAY_MS })
    .prefault('1m')
    .describe('An alert is raised once what is wrong has lasted for so long.'),
  clearAfter: durationField({ min: 0, max: DAY_MS })
    .prefault('5m')
    .describe('An alert is cleared once nothing has been wrong for so long.'),
  remindAfter: durationField({ min: MINUTE_MS, max: 7 * DAY_MS })
    .prefault('4h')
    .describe('Time to the first reminder of an alert that lasts; each further one takes twice as long, up to 7 days.'),
  certificateWithin: durationField({ min: MINUTE_MS, max: 365 * DAY_MS })
    .prefault('7d')
    .describe('A certificate that ends within this time is told of, but never before four fifths of its life.'),
  ignore: z
    .array(
      z
        .string()
        .max(100)
        .regex(/^[a-z][a-z0-9_]*$/, 'a reason code, such as miner_not_useful'),
    )
    .max(100)
    .prefault([])
    .describe('Reasons of which nobody is told.'),
  webhook: strictObject({
    url: webhookUrl.optional().describe('Where alerts are posted as JSON; without it nowhere.'),
    secretFile: absolutePathField
      .optional()
      .describe('Secret that signs what is posted, 16 bytes or more; without it nothing is signed.'),
    privateAddresses: z
      .boolean()
      .prefault(false)
      .describe('Whether the URL may be of a machine inside of private networks, and of http://.'),
  })
    .prefault({})
    .describe('Alerts by HTTP.'),
  email: emailField.describe('Alerts by e-mail.'),
  nats: z.boolean().prefault(false).describe('Whether alerts are published at the NATS server of nats.url.'),
})
  .prefault({})
  .refine(({ webhook }) => webhook.secretFile === undefined || webhook.url !== undefined, {
    path: ['webhook', 'secretFile'],
    error: 'together with webhook.url',
  })
  .refine(({ webhook }) => webhook.privateAddresses || webhook.url === undefined || /^https:/i.test(webhook.url), {
    path: ['webhook', 'url'],
    error: 'https://, or webhook.privateAddresses as well',
  })
  .transform(({ raiseAfter, clearAfter, remindAfter, certificateWithin, ignore, webhook, email, nats }) => ({
    rules: { raiseAfterMs: raiseAfter, clearAfterMs: clearAfter, remindAfterMs: remindAfter },
    ...{ certificateWithinMs: certificateWithin, ignore, email, nats },
    webhook: webhook.url === undefined ? undefined : { ...webhook, url: webhook.url },
  }));

/** Who is told of alerts, and when. */
export type AlertsConfig = Readonly<z.output<typeof alertsField>>;

function isWebhookUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && `${url.username}${url.password}${url.hash}` === '';
}
