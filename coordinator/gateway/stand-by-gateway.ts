import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { HeadframeError } from '../../common/model/error.js';
import { requestIdOf } from './caller.js';
import type { Gateway } from './gateway.js';
import { createHttpServer, listen } from './http-server.js';
import type { HttpServerParts } from './http-server.js';
import { problemHeaders, problemOf } from './problems.js';

/** What answers HTTP while another coordinator leads. */
export interface StandByGatewayParts extends HttpServerParts {
  readonly newId: () => string;
  /** Hands a connection from that address on to the one that leads; rejects where nobody takes it, and nothing was said. */
  readonly connect: (peer: string) => Promise<Duplex>;
  /** Why nothing is answered. */
  readonly refusal: () => HeadframeError;
}

/**
 * Serves HTTP by handing each connection on, whatever is said on it, to the one that leads; where that takes none, by refusing
 * every request with a problem that says who leads. Throws `HeadframeError` ('listen_failed').
 */
export async function openStandByGateway(parts: StandByGatewayParts, where: string): Promise<Gateway> {
  const { server, forgetSource, dropAll } = createHttpServer(parts, (request, response) => {
    refuse(request, response, parts);
  });
  handOn(server, parts);
  const address = await listen(server, where);
  return {
    address,
    take: ({ stream }) => {
      stream.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        forgetSource();
        server.close(() => {
          resolve();
        });
        dropAll();
      }),
  };
}

/** Takes connections away from the server once they are secure, and gives back those that nobody else takes. */
function handOn(server: Server, { source, connect }: Pick<StandByGatewayParts, 'source' | 'connect'>): void {
  const event = source === undefined ? 'connection' : 'secureConnection';
  const serve = server.listeners(event).at(-1);
  if (serve === undefined) throw new Error('the server does not serve connections by a listener');
  // Each listener is a function, and this one takes a socket.
  const serveHere = serve as (socket: Socket) => void;
  server.removeListener(event, serveHere);
  server.on(event, (socket: Socket) => {
    // What befalls it is told by its end as well.
    socket.on('error', () => undefined);
    connect(`${socket.remoteAddress ?? 'unknown'}:${String(socket.remotePort ?? 0)}`).then(
      (onward) => {
        join(socket, onward);
      },
      () => {
        if (!socket.destroyed) serveHere.call(server, socket);
      },
    );
  });
}

/** Passes on what both say, each no faster than the other takes it; what ends or breaks one ends the other. */
function join(socket: Socket, onward: Duplex): void {
  if (socket.destroyed) {
    onward.destroy();
    return;
  }
  socket.once('close', () => onward.destroy());
  onward.once('close', () => {
    // What was said last still goes out.
    socket.destroySoon();
  });
  socket.pipe(onward);
  onward.pipe(socket);
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { newId, refusal }: Pick<StandByGatewayParts, 'newId' | 'refusal'>,
): void {
  const problem = problemOf(refusal(), requestIdOf(request, newId));
  // The next request may find that this coordinator leads, by another server.
  response.writeHead(problem.status, { ...problemHeaders(problem), 'cache-control': 'no-store', connection: 'close' });
  response.end(request.method === 'HEAD' ? undefined : JSON.stringify(problem));
}
