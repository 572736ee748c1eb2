import { z } from 'zod';
import { parseConstraintText } from '../model/constraint-text.js';
import { strictObject } from '../model/schema/index.js';

/** What other routes begin with: below these nothing of TensorNode's is served. */
const TAKEN = ['allocate', 'api', 'challenge', 'containers', 'miners', 'models', 'modules', 'openapi.json', 'v1'];

/** TensorNode's routes, and what its machines are where nobody says it. */
export const vmsField = strictObject({
  prefix: z
    .string()
    .max(100)
    .regex(/^(?:\/[a-z0-9][a-z0-9-]*)+$/, 'a path of a-z, 0-9 and "-", such as /tensornode')
    .refine(
      (path) => !TAKEN.includes(path.split('/')[1] ?? ''),
      `a path that does not begin with ${TAKEN.map((word) => `/${word}`).join(', ')}`,
    )
    .prefault('/tensornode')
    .describe("Path before TensorNode's routes over HTTP; without one its /allocate would be that of leases."),
  configuration: z
    .string()
    .max(200)
    .refine((text) => parseConstraintText(text) !== undefined, 'resources such as cpu-4-ram-8gb-storage-25gb')
    .prefault('cpu-4-ram-8gb-storage-25gb')
    .describe('Resources of a machine that is asked for without any, and of those that its wish does not name.'),
  maxPrice: z
    .number()
    .min(0)
    .max(1_000_000_000)
    .optional()
    .describe('Highest price in USD for an epoch where none is asked for; without it any, or none, will do.'),
})
  .prefault({})
  .transform(({ prefix, configuration, maxPrice: maxPriceUsd }) => ({
    prefix,
    defaults: { configuration: parseConstraintText(configuration) ?? {}, maxPriceUsd },
  }));
