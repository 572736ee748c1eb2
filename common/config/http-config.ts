import { bytesField, durationField, strictObject } from '../model/schema/index.js';
import { listenField } from './fields.js';

/** What the coordinator serves over HTTP; parsed to bytes and milliseconds. */
export const httpField = strictObject({
  listen: listenField.optional().describe('Address of HTTP and WebSocket; without it there is none.'),
  maxBody: bytesField({ min: 1024, max: 16 * 2 ** 20 })
    .prefault('1MiB')
    .describe('Largest body of a request that is taken over HTTP.'),
  slowClient: durationField({ min: 100, max: 600_000 })
    .prefault('10s')
    .describe(
      'A WebSocket client that takes longer to take a frame is cut off, and one that reads nothing of an answer for so long.',
    ),
})
  .prefault({})
  .transform(({ listen, maxBody, slowClient }) => ({ listen, bodyBytes: maxBody, slowClientMs: slowClient }));
