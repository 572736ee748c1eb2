import { STATUS_CODES } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { AccessService } from '../../../common/gen/headframe/v1/access_service_pb.js';
import type { Clock } from '../../../common/model/clock.js';
import { hideUnforeseen } from '../../../common/rpc/index.js';
import type { CallFailure, LocalCalls } from '../../../common/rpc/index.js';
import { askerOf, refuseForeignPages } from '../caller.js';
import type { Asker } from '../caller.js';
import type { Origins } from '../cors.js';
import { problemHeaders, problemOf } from '../problems.js';
import type { Problem } from '../problems.js';
import { routeUnknown } from '../refusals.js';
import { ClientSocket } from './client-socket.js';
import { CLOSE, MOST_FRAME_BYTES, SUBPROTOCOL } from './frames.js';
import { LiveClient } from './live-client.js';
import { SharedFrames } from './shared-frames.js';
import { WebSpeaker } from './web-speaker.js';

/** What WebSockets are served from. */
export interface LiveDeskParts {
  readonly calls: LocalCalls;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Whose pages may listen. */
  readonly origins: Origins;
  readonly onUnforeseen: (failure: CallFailure) => void;
  /** A frame has to be taken within it, in milliseconds. */
  readonly slowClientMs: number;
}

const PATH = '/v1/ws';
const PING_MS = 20_000;
/** Time for a refusal to be read, in milliseconds. */
const FAREWELL_MS = 3_000;

/** Takes WebSockets at `/v1/ws`, and ends them with the server. */
export class LiveDesk {
  readonly #parts: LiveDeskParts;
  readonly #clients = new Set<ClientSocket>();
  readonly #shared = new SharedFrames();
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MOST_FRAME_BYTES,
    perMessageDeflate: false,
    // It would answer those as well who do not read.
    autoPong: false,
    // The one that carries the token is never said back.
    handleProtocols: (protocols) => (protocols.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });

  constructor(parts: LiveDeskParts) {
    this.#parts = parts;
  }

  /** Answers a request to speak another protocol. */
  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Whatever befalls it is told by its end as well.
    socket.on('error', () => undefined);
    const asker = askerOf(request, this.#parts.newId, tokenOf(request));
    try {
      refuseForeignPages(request, this.#parts.origins);
      // Held as long as the connection is there; each topic asks for more.
      const admission = this.#parts.calls.admit(asker, AccessService.method.whoAmI);
      socket.once('close', () => {
        admission.leave();
      });
      const path = (request.url ?? '').split('?', 1)[0] ?? '';
      if (path !== PATH) throw routeUnknown('GET', path);
    } catch (error) {
      this.#refuse(socket, error, asker);
      return;
    }
    // It refuses some itself, and nobody looks after those.
    const keep = this.#dropLater(socket);
    this.#server.handleUpgrade(request, socket, head, (client) => {
      keep();
      this.#serve(client, new WebSpeaker(client, socket), asker);
    });
  };

  /** Ends all. */
  close(): void {
    for (const client of this.#clients) client.cut(CLOSE.goingAway, 'the coordinator stops');
  }

  /** Says why, and lets go of the connection: the server looks after it no more, and the other side may never. */
  #refuse(socket: Duplex, thrown: unknown, { peer, requestId }: Asker): void {
    const { onUnforeseen } = this.#parts;
    this.#dropLater(socket);
    socket.once('finish', () => {
      socket.destroy();
    });
    const where = { method: PATH, peer, requestId };
    socket.end(answerOf(problemOf(hideUnforeseen(thrown, where, onUnforeseen), requestId)));
  }

  /** Drops a connection that is still there after the farewell; the answer keeps it. */
  #dropLater(socket: Duplex): () => void {
    const keep = this.#parts.clock.setTimer(() => {
      socket.destroy();
    }, FAREWELL_MS);
    socket.once('close', keep);
    return keep;
  }

  #serve(webSocket: WebSocket, speaker: WebSpeaker, asker: Asker): void {
    const { calls, clock, onUnforeseen, slowClientMs } = this.#parts;
    const socket = new ClientSocket(speaker, clock, { slowMs: slowClientMs, pingMs: PING_MS });
    const client = new LiveClient(socket, { calls, clock, asker, onUnforeseen, shared: this.#shared });
    this.#clients.add(socket);
    webSocket.on('message', (data: Buffer, isBinary) => {
      client.take(isBinary ? '' : data.toString());
    });
    webSocket.on('ping', (data: Buffer) => {
      socket.pinged(data);
    });
    webSocket.on('pong', () => {
      socket.heard();
    });
    webSocket.on('error', () => undefined);
    webSocket.on('close', () => {
      this.#clients.delete(socket);
      socket.end();
    });
  }
}

/** The header that a token in a sub-protocol stands for: browsers cannot send the header itself. */
function tokenOf({ headers }: IncomingMessage): string | undefined {
  const prefix = `${SUBPROTOCOL}.bearer.`;
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
  const token = offered.find((protocol) => protocol.startsWith(prefix))?.slice(prefix.length);
  return token === undefined ? undefined : `Bearer ${token}`;
}

function answerOf(problem: Problem): string {
  const body = JSON.stringify(problem);
  const headers = {
    ...problemHeaders(problem),
    connection: 'close',
    'content-length': String(Buffer.byteLength(body)),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const status = `HTTP/1.1 ${String(problem.status)} ${STATUS_CODES[problem.status] ?? ''}`;
  return [status, ...lines, '', body].join('\r\n');
}
