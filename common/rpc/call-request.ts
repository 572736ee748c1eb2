import type { IncomingHttpHeaders } from 'node:http2';
import type { CallMetadata, CallRequest } from './call-context.js';
import type { SessionGuard } from './session-guard.js';

/** Bytes that the headers of a call may have, names and values together; 8 KiB is what gRPC libraries agree on. */
const MAX_HEADER_BYTES = 16 * 1024;

/** What the headers of a call say, before a byte of its message is read. */
export function callRequestOf(
  headers: IncomingHttpHeaders,
  { peer, certificate, isPrivate }: Pick<SessionGuard, 'peer' | 'certificate' | 'isPrivate'>,
  newRequestId: () => string,
): CallRequest {
  const metadata: CallMetadata = { get: (name) => firstOf(headers[name.toLowerCase()]) };
  const asked = metadata.get('x-request-id');
  return {
    method: pathOf(headers),
    ...{ peer, certificate, isPrivate, metadata },
    requestId: asked !== undefined && /^[\w.:-]{1,128}$/.test(asked) ? asked : newRequestId(),
  };
}

/** Path of the method that is called. */
export function pathOf(headers: IncomingHttpHeaders): string {
  return headers[':path'] ?? '';
}

/** Whether the headers are more than any honest call has. */
export function areTooLarge(headers: IncomingHttpHeaders): boolean {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers))
    bytes += name.length + (Array.isArray(value) ? value.join().length : (value?.length ?? 0));
  return bytes > MAX_HEADER_BYTES;
}

function firstOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
