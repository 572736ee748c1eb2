import type { MessageInitShape } from '@bufbuild/protobuf';
import { z } from 'zod';
import type { CreateLeaseRequestSchema } from '../../../common/gen/headframe/v1/lease_service_pb.js';
import { LeaseEgress, Protocol } from '../../../common/gen/headframe/v1/miner_pb.js';
import { strictObject } from '../../../common/model/schema/index.js';
import { imageMissing } from './refusals.js';

const UNITS: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
/** The defaults of the seed, and an hour, which it had not. */
const DEFAULTS = { memory: '1g', cpuCount: 1, termSeconds: 3_600 } as const;

/** Bytes as Docker writes them: `2g`, `512m`; binary, and without a unit bytes. */
const memoryField = z
  .string()
  .regex(/^\d{1,15}[bkmgt]?$/i, 'a size as Docker writes it, such as 2g or 512m')
  .transform((text) => Number.parseInt(text, 10) * (UNITS[text.slice(-1).toLowerCase()] ?? 1))
  .refine((bytes) => Number.isSafeInteger(bytes), 'at most 8192t');

const secondsField = z.number().min(1).max(31_622_400);

/** Body of an allocation: that of the seed, and what it lacked. */
export const allocateSchema = strictObject({
  memory: memoryField.prefault(DEFAULTS.memory),
  cpu_count: z.number().min(0.01).max(1_024).prefault(DEFAULTS.cpuCount),
  devices: z
    .array(z.never({ error: 'nothing: GPUs are asked for by gpu_count, and which ones is chosen' }))
    .max(0, 'an empty list: GPUs are asked for by gpu_count, and which ones is chosen')
    .prefault([]),
  gpu_count: z.int().min(0).max(64).prefault(0),
  disk: memoryField.optional(),
  image: z.string().min(1).max(500).optional(),
  ssh_keys: z.array(z.string().max(8_192)).max(32).prefault([]),
  password: z.boolean().prefault(false),
  term_seconds: secondsField.prefault(DEFAULTS.termSeconds),
  wait_limit_seconds: secondsField
    .optional()
    .describe('How long it may wait for a host before it is released with the reason lease_no_host; else 600.'),
  ports: z.array(z.int().min(1).max(65_535)).max(15).prefault([]),
  egress: z.enum(['internet', 'none']).prefault('internet'),
  namespace: z.string().max(63).prefault(''),
  wait_seconds: z
    .number()
    .min(0)
    .max(25)
    .prefault(20)
    .describe('How long the answer may wait for a login to be possible.'),
});

/** Body of an extension. */
export const extendSchema = strictObject({ seconds: secondsField });

/** Body of a challenge of the seed. */
export const challengeSchema = strictObject({
  type: z.enum(['compute', 'memory']),
  data: strictObject({
    command: z.string().optional(),
    duration: z.number().optional().describe('Taken, and of no effect: the work decides how long it takes.'),
    expected_cpu: z.number().optional().describe('Taken, and of no effect: what is judged is the proof.'),
  }).prefault({}),
});

/** An id in a path. */
export const leaseIdSchema = z.object({ id: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'the id of a lease') });

/** What is asked of the service of leases. Throws `HeadframeError` (invalid_argument, 'request_invalid') without any image. */
export function leaseRequest(
  asked: z.output<typeof allocateSchema>,
  defaultImage: string | undefined,
): MessageInitShape<typeof CreateLeaseRequestSchema> {
  const image = asked.image ?? defaultImage;
  if (image === undefined) throw imageMissing();
  return {
    image,
    namespace: asked.namespace,
    resources: {
      cpuMillis: Math.round(asked.cpu_count * 1_000),
      memoryBytes: BigInt(asked.memory),
      ...(asked.disk === undefined ? {} : { diskBytes: BigInt(asked.disk) }),
      gpus: asked.gpu_count,
    },
    authorizedKeys: asked.ssh_keys,
    password: asked.password,
    termMs: BigInt(Math.round(asked.term_seconds * 1_000)),
    // The service has its own default.
    waitLimitMs: BigInt(Math.round((asked.wait_limit_seconds ?? 0) * 1_000)),
    ports: asked.ports.map((port) => ({
      name: `port-${String(port)}`,
      containerPort: port,
      protocol: Protocol.TCP,
      hostPort: 0,
    })),
    egress: asked.egress === 'none' ? LeaseEgress.NONE : LeaseEgress.INTERNET,
  };
}
