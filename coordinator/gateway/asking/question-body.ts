import type { IncomingMessage } from 'node:http';
import { bodyTooLarge } from '../refusals.js';

/** Of a body that is small, it is better to have all before anybody is asked: whoever sends slowly keeps nobody busy. */
const SMALL_BYTES = 64 * 1024;

/**
 * The body of a request as it is passed on: its bytes where they are few, and else as they come. Throws `HeadframeError`
 * (resource_exhausted, 'body_too_large'), a stream once it has come to be so.
 */
export async function questionBody(
  request: IncomingMessage,
  mostBytes: number,
): Promise<Uint8Array | AsyncIterable<Uint8Array>> {
  const length = lengthOf(request);
  if (length !== undefined && length > mostBytes) throw bodyTooLarge(mostBytes);
  return length === undefined || length > SMALL_BYTES ? piecesOf(request, mostBytes) : wholeOf(request);
}

/** All of a body; its length was announced, and the server takes no more. An iterator would cost more than all else here. */
function wholeOf(request: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const all: Buffer[] = [];
    request.on('data', (piece: Buffer) => all.push(piece));
    request.once('end', () => {
      resolve(all.length === 1 && all[0] !== undefined ? all[0] : Buffer.concat(all));
    });
    request.once('error', reject);
    request.once('close', () => {
      reject(new Error('the request has broken off'));
    });
  });
}

/** As it was announced; undefined for one of which nobody has said how long it is. */
export function lengthOf({ headers }: Pick<IncomingMessage, 'headers'>): number | undefined {
  return headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : undefined;
}

async function* piecesOf(request: IncomingMessage, mostBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  // Without an encoding they are bytes. Leaving early is no end of the answer.
  for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > mostBytes) throw bodyTooLarge(mostBytes);
    yield piece;
  }
}
