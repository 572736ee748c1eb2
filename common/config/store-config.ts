import { z } from 'zod';
import { durationField, strictObject } from '../model/schema/index.js';
import { absolutePathField } from './fields.js';

/** One NATS server or several. */
export const natsUrl = z
  .string()
  .max(1024)
  .regex(/^(?:nats|tls):\/\/[^\s,]+(?:,(?:nats|tls):\/\/[^\s,]+)*$/, 'nats://host:port, several with commas');

const monitorUrl = z
  .string()
  .max(300)
  .regex(/^https?:\/\/[^\s/?#]+$/, 'http://host:port, without a path');

/** Where the fleet's records are kept. */
export const storeField = strictObject({
  kind: z
    .enum(['lowdb', 'jetstream'])
    .prefault('lowdb')
    .describe('lowdb: files in dataDir, for one coordinator; jetstream: a replicated log in NATS, for several.'),
  jetstream: strictObject({
    servers: natsUrl
      .optional()
      .describe(
        'All NATS servers that hold the store, with commas; needed for it. User and password may stand before a host.',
      ),
    cluster: z
      .string()
      .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'small letters, digits and hyphens, at most 63')
      .prefault('main')
      .describe('Name of the coordinators that share the store; what is in NATS is named after it.'),
    replicas: z
      .int()
      .min(1)
      .max(5)
      .refine((count) => count % 2 === 1, '1, 3 or 5')
      .prefault(3)
      .describe('Servers that each hold all of the store; with 1 its loss is that of the fleet.'),
    credentialsFile: absolutePathField.optional().describe("User's JWT and seed, as `nsc` writes them."),
    caFile: absolutePathField
      .optional()
      .describe('Authority of the servers, PEM; with it, or a certificate, nothing goes in clear.'),
    certificateFile: absolutePathField.optional().describe("The coordinator's own certificate for NATS, PEM."),
    keyFile: absolutePathField.optional().describe('Its key, PEM.'),
    monitorUrls: z
      .array(monitorUrl)
      .max(9)
      .prefault([])
      .describe(
        'Where each NATS server tells of itself (its `http` or `https` setting): how it is known to write before it acknowledges. Over https by the same files as NATS.',
      ),
    acceptDurability: z
      .enum(['always', 'async'])
      .prefault('always')
      .describe(
        'always: only servers with `sync_interval: always`; async: also others; status says what may be lost, and nothing that costs is paid then.',
      ),
    commitTimeout: durationField({ min: 1000, max: 600_000 })
      .prefault('30s')
      .describe('How long a change waits for servers that are away before the coordinator ends.'),
    leadershipTtl: durationField({ min: 1000, max: 60_000 })
      .prefault('5s')
      .describe(
        'How long a coordinator leads without word from the NATS servers; after a crash another one takes so long to lead.',
      ),
  })
    .prefault({})
    .describe('The log in NATS JetStream.'),
})
  .prefault({})
  .refine(({ kind, jetstream }) => kind === 'lowdb' || jetstream.servers !== undefined, {
    path: ['jetstream', 'servers'],
    error: 'the NATS servers, for store.kind is jetstream',
  })
  .refine(
    ({ jetstream: { certificateFile, keyFile } }) => (certificateFile === undefined) === (keyFile === undefined),
    {
      path: ['jetstream', 'keyFile'],
      error: 'together with certificateFile, or neither of them',
    },
  )
  .transform(({ kind, jetstream: { commitTimeout, leadershipTtl, ...rest } }) => ({
    kind,
    jetstream: { ...rest, commitTimeoutMs: commitTimeout, leadershipTtlMs: leadershipTtl },
  }));
