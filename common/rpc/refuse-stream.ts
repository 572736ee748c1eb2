import { constants } from 'node:http2';
import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { HeadframeError } from '../model/error.js';
import { toStatus } from './status.js';

/** The headers, or trailers, that end a call with an error. */
export function statusHeaders(error: HeadframeError): OutgoingHttpHeaders {
  const { code, details, metadata } = toStatus(error);
  return { 'grpc-status': String(code), 'grpc-message': encodeURI(details), ...metadata.toHttp2Headers() };
}

/** Answers without a handler, and takes no more of what is still being sent. */
export function refuseStream(stream: ServerHttp2Stream, error: HeadframeError): void {
  if (stream.destroyed || stream.closed) return;
  if (stream.headersSent) {
    stream.close(constants.NGHTTP2_CANCEL);
    return;
  }
  const headers = { ':status': 200, 'content-type': 'application/grpc+proto', ...statusHeaders(error) };
  stream.respond(headers, { endStream: true });
  stream.close(constants.NGHTTP2_NO_ERROR);
}
