import { strictObject } from '../model/schema/index.js';
import { absolutePathField } from './fields.js';
import { natsUrl } from './store-config.js';

/** Where metrics and events are published. */
export const natsField = strictObject({
  url: natsUrl.optional().describe('NATS server for metrics and events; without it none are published.'),
  caFile: absolutePathField
    .optional()
    .describe('Authority of that server, PEM; with it, or a certificate, nothing goes in clear.'),
  certificateFile: absolutePathField.optional().describe("The coordinator's own certificate for it, PEM."),
  keyFile: absolutePathField.optional().describe('Its key, PEM.'),
})
  .prefault({})
  .refine(({ certificateFile, keyFile }) => (certificateFile === undefined) === (keyFile === undefined), {
    path: ['keyFile'],
    error: 'together with certificateFile, or neither of them',
  });
