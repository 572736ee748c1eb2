import { constants } from 'node:http2';
import type { ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { Clock } from '../model/clock.js';
import { HeadframeError } from '../model/error.js';
import { LET_IN_MS } from './limits.js';
import { onBehalfHeaders } from './on-behalf.js';
import type { PeerSessions } from './peer-sessions.js';

/** A connection of another protocol that a coordinator hands on: what is said on it, and where it comes from. */
export interface HandedConnection {
  readonly stream: Duplex & Pick<ServerHttp2Stream, 'setTimeout'>;
  /** Address and port of whoever made it. */
  readonly peer: string;
  /** Name of the coordinator that hands it on. */
  readonly via: string;
  /** Whether nobody in between can read or change what is said. */
  readonly isPrivate: boolean;
}

/** Where connections are handed on; no method has such a path. */
export const CONNECTION_PATH = '/headframe/connection';
const TAKEN = 'application/headframe-connection';

/** Takes it: what is said comes next. */
export function takeConnection(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 200, 'content-type': TAKEN });
}

/**
 * Hands on a connection from that address; resolves once it is taken, with what to say there. Until then nothing was said. Throws
 * `HeadframeError` (unavailable, or resource_exhausted) where nobody takes it.
 */
export async function handConnection(
  peer: string,
  { sessions, clock }: { readonly sessions: Pick<PeerSessions, 'lend'>; readonly clock: Pick<Clock, 'setTimer'> },
): Promise<Duplex> {
  const evidence = onBehalfHeaders({ peer, certificate: undefined });
  const lent = await sessions.lend();
  const stream = lent.open({ ':method': 'POST', ':path': CONNECTION_PATH, ...evidence });
  if (stream === undefined) throw notTaken();
  return new Promise((resolve, reject) => {
    const stop = clock.setTimer(() => {
      stream.close(constants.NGHTTP2_CANCEL);
    }, LET_IN_MS);
    stream.once('close', () => {
      stop();
      reject(notTaken());
    });
    stream.once('response', (headers) => {
      stop();
      if (headers['content-type'] === TAKEN) resolve(stream);
      else stream.close(constants.NGHTTP2_CANCEL);
    });
  });
}

function notTaken(): HeadframeError {
  const message = 'the connection was not taken where it was handed to';
  return new HeadframeError({ code: 'unavailable', reason: 'hand_on_failed', message });
}
