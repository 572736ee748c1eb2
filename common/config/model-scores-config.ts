import { z } from 'zod';
import { durationField, strictObject } from '../model/schema/index.js';
import { absolutePathField } from './fields.js';

const DAY_MS = 86_400_000;

/** An endpoint that judges answers; parsed to undefined where there is none. */
function endpointField(what: string, example: string) {
  return strictObject({
    url: z
      .string()
      .max(2_000)
      .refine(isEndpoint, 'http:// or https://, without a user, a password, a query and a fragment')
      .optional()
      .describe(`Endpoint of ${what}, such as ${example}; without it no canary may ask for it.`),
    model: z.string().max(200).prefault('').describe('Name of the model to ask for there.'),
    keyFile: absolutePathField.optional().describe('Key that is sent as a bearer token; without it none is.'),
  })
    .prefault({})
    .refine(({ url, keyFile }) => url !== undefined || keyFile === undefined, {
      path: ['keyFile'],
      error: 'together with url',
    })
    .refine(({ url, keyFile }) => url === undefined || keyFile === undefined || keepsSecrets(url), {
      path: ['url'],
      error: 'https://, or on the loopback, where a key is sent',
    })
    .transform(({ url, ...rest }) => (url === undefined ? undefined : { ...rest, url }));
}

/** How models are asked and scored; parsed to milliseconds. */
export const modelScoresField = strictObject({
  enabled: z.boolean().prefault(true).describe('Whether models are asked prompts to score them, now and then.'),
  interval: durationField({ min: 1_000, max: DAY_MS })
    .prefault('10m')
    .describe('Mean time between two prompts to one model; the times are drawn by chance, so that none foresees them.'),
  timeout: durationField({ min: 100, max: 600_000 })
    .prefault('30s')
    .describe('An answer that takes longer counts as none.'),
  fast: durationField({ min: 1, max: 600_000 })
    .prefault('1s')
    .describe('An answer that takes no longer has full speed; one that takes twice as long has half of it.'),
  atOnce: z
    .int()
    .min(1)
    .max(1_000)
    .prefault(4)
    .describe('Models that may be asked at once; each has one prompt at a time.'),
  canariesFile: absolutePathField
    .optional()
    .describe('Prompts to ask in place of those that are built in, with what a right answer says, YAML or JSON.'),
  embedding: endpointField('embeddings', 'http://127.0.0.1:11434/v1/embeddings').describe(
    'Judges canaries of judge embedding.',
  ),
  llm: endpointField('chats', 'http://127.0.0.1:11434/v1/chat/completions').describe('Judges canaries of judge llm.'),
})
  .prefault({})
  .refine(({ fast, timeout }) => fast <= timeout, { path: ['fast'], error: 'at most timeout' })
  .transform(({ interval, timeout, fast, ...rest }) => ({
    ...rest,
    ...{ intervalMs: interval, timeoutMs: timeout, fastMs: fast },
  }));

/** How models are scored; times in milliseconds. */
export type ModelScoresConfig = Readonly<z.output<typeof modelScoresField>>;

function isEndpoint(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return (
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    `${url.username}${url.password}${url.search}${url.hash}` === ''
  );
}

/** Whether what is sent there is read by nobody on the way. */
function keepsSecrets(text: string): boolean {
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}
