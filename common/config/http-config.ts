import { z } from 'zod';
import { isLoopback } from '../model/address.js';
import { bytesField, durationField, strictObject } from '../model/schema/index.js';
import { listenField } from './fields.js';

const originField = z
  .string()
  .max(300)
  .refine(isOrigin, 'an origin as browsers send it, such as https://panel.example or http://localhost:3000');

/** What the coordinator serves over HTTP; parsed to bytes and milliseconds. */
export const httpField = strictObject({
  listen: listenField.optional().describe('Address of HTTP and WebSocket; without it there is none.'),
  maxBody: bytesField({ min: 1024, max: 16 * 2 ** 20 })
    .prefault('1MiB')
    .describe('Largest body of a request that is taken over HTTP.'),
  corsOrigins: z
    .array(originField)
    .max(32)
    .prefault([])
    .describe('Origins whose pages may call over HTTP and WebSocket, each exactly as browsers send it; no others may.'),
  slowClient: durationField({ min: 100, max: 600_000 })
    .prefault('10s')
    .describe(
      'A WebSocket client that takes longer to take a frame is cut off, and one that reads nothing of an answer for so long.',
    ),
})
  .prefault({})
  .transform(({ maxBody, slowClient, ...rest }) => ({ ...rest, bodyBytes: maxBody, slowClientMs: slowClient }));

/** A page in clear is anybody's on the way, unless it is of this machine. */
function isOrigin(text: string): boolean {
  if (text.includes('*') || !URL.canParse(text)) return false;
  const { origin, protocol, hostname } = new URL(text);
  return origin === text && (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname)));
}
