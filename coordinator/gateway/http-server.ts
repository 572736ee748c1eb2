import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { ListenOptions, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { splitAddress } from '../../common/model/address.js';
import { HeadframeError } from '../../common/model/error.js';
import { ConnectionCaps, secureContextOf } from '../../common/rpc/index.js';
import type {
  CertificateSource,
  ConnectionLimits,
  HandedConnection,
  RefusedConnection,
} from '../../common/rpc/index.js';
import { HandedSocket } from './handed-sockets.js';

/** How connections are secured and bounded. */
export interface HttpServerParts {
  /** Undefined to serve in clear. */
  readonly source: CertificateSource | undefined;
  readonly limits: ConnectionLimits;
  readonly onRefused: (refused: RefusedConnection) => void;
}

/** Times in milliseconds. */
const HANDSHAKE_MS = 10_000;
const HEADERS_MS = 10_000;
const REQUEST_MS = 60_000;
const KEEP_ALIVE_MS = 30_000;
const CHECKS_MS = 2_000;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_HEADERS = 100;
const BACKLOG = 1024;

/** A server and what it holds. */
export interface BoundServer {
  readonly server: Server;
  /** Looks for new certificates no more. */
  readonly forgetSource: () => void;
  /** Serves a connection that another coordinator hands on. */
  readonly take: (connection: HandedConnection) => void;
  /** Ends all connections at once, those as well that the server has no eye on: not secure yet, or of another protocol by now. */
  readonly dropAll: () => void;
}

/** Makes a server of HTTP/1.1; new connections use the source's newest certificates. */
export function createHttpServer(
  { source, limits, onRefused }: HttpServerParts,
  listener: RequestListener,
): BoundServer {
  const bounds = {
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: CHECKS_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  const caps = new ConnectionCaps(limits);
  if (source === undefined) {
    const server = createServer(bounds, listener);
    const { dropAll } = bound(server, caps, onRefused);
    const take = (connection: HandedConnection): boolean => server.emit('connection', new HandedSocket(connection));
    return { server, forgetSource: () => undefined, take, dropAll };
  }
  const secure = { ...secureContextOf(source), ALPNProtocols: ['http/1.1'], handshakeTimeout: HANDSHAKE_MS };
  const server = createSecureServer({ ...bounds, ...secure }, listener);
  const { admit, dropAll } = bound(server, caps, onRefused);
  const take = (connection: HandedConnection): void => {
    const socket = new HandedSocket(connection);
    // What is said on it is as private as if it had been made here.
    if (admit(socket)) server.emit('secureConnection', socket);
  };
  server.on('tlsClientError', (error, socket) => {
    const reason = 'code' in error && typeof error.code === 'string' ? error.code : 'tls_failed';
    onRefused({ peer: socket.remoteAddress ?? 'unknown', reason });
    socket.destroy();
  });
  const forgetSource = source.onChange(() => {
    server.setSecureContext(secureContextOf(source));
  });
  return { server, forgetSource, take, dropAll };
}

/** Listens at `host:port`; resolves with the address that clients can use. Throws `HeadframeError` ('listen_failed'). */
export function listen(server: Server, address: string): Promise<string> {
  const place: ListenOptions = { ...splitAddress(address), backlog: BACKLOG };
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error): void => {
      const message = `cannot listen on ${address}: ${cause.message}`;
      const remedy = 'Choose another address by http.listen, or stop what uses this one.';
      reject(new HeadframeError({ code: 'unavailable', reason: 'listen_failed', message, remedy, cause }));
    };
    server.once('error', refuse);
    server.listen(place, () => {
      server.off('error', refuse);
      // A connection that cannot be accepted, for want of file descriptors say, is no reason to end.
      server.on('error', () => undefined);
      const bound = server.address();
      const port = bound === null || typeof bound === 'string' ? '' : String(bound.port);
      resolve(address.replace(/:\d+$/, `:${port}`));
    });
  });
}

/** Bounds connections before anything is read of them: of TLS it is the raw one. `dropAll` ends those that were let in. */
function bound(server: Server, caps: ConnectionCaps, onRefused: HttpServerParts['onRefused']) {
  const open = new Set<Duplex>();
  const admit = (socket: Socket | HandedSocket): boolean => {
    const { remoteAddress: peer = 'unknown' }: { readonly remoteAddress?: string | undefined } = socket;
    const release = caps.admit(peer);
    if (release === undefined) {
      socket.destroy();
      onRefused({ peer, reason: 'too_many_connections' });
      return false;
    }
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      release();
    });
    return true;
  };
  server.maxHeadersCount = MAX_HEADERS;
  server.prependListener('connection', admit);
  const dropAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  return { admit, dropAll };
}
