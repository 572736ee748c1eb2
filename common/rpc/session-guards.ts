import type { Http2Session, ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { CallGate } from './call-gate.js';
import { takeStreams } from './http2-server.js';
import type { Http2Listener } from './http2-server.js';
import type { RefusedConnection } from './security.js';
import { SessionGuard } from './session-guard.js';
import type { SessionGuardParts } from './session-guard.js';

/** Who judges calls, and what each connection is held to. */
export interface SessionGuardsParts extends Omit<SessionGuardParts, 'onDropped'> {
  readonly gate: CallGate;
  readonly onRefused: (refused: RefusedConnection) => void;
}

/** In bytes; told to clients, who may not heed it. The gate looks again. */
const HEADER_LIST_BYTES = 16 * 1024;

/** Puts a guard beside each connection of an HTTP/2 server, and the gate before its calls. */
export class SessionGuards {
  readonly #guards = new WeakMap<Http2Session, SessionGuard>();
  readonly #parts: SessionGuardsParts;
  #entering: Socket | undefined;

  constructor(http2: Http2Listener, parts: SessionGuardsParts) {
    this.#parts = parts;
    http2.updateSettings({ maxHeaderListSize: HEADER_LIST_BYTES });
    const serve = takeStreams(http2);
    http2.on('session', (session) => {
      if (this.#entering !== undefined) this.#watch(session, this.#entering);
    });
    http2.on('stream', (stream, headers) => {
      const guard = stream.session && this.#guards.get(stream.session);
      if (guard === undefined || guard.dropped) stream.destroy();
      // Given up before it was told of here; to answer it would throw.
      else if (stream.destroyed || stream.closed) guard.trouble('reset');
      else parts.gate.enter(stream, headers, guard, serve);
    });
  }

  /** Watches a connection from now on; `inject` makes it one of the server. */
  enter(socket: Socket, inject: () => void): void {
    this.#entering = socket;
    try {
      inject();
    } finally {
      this.#entering = undefined;
    }
  }

  #watch(session: ServerHttp2Session, socket: Socket): void {
    const { onRefused } = this.#parts;
    const guard = new SessionGuard(session, socket, { ...this.#parts, onDropped: onRefused });
    this.#guards.set(session, guard);
    // What breaks the protocol ends its connection by itself; a connection that was lost is nobody's fault.
    session.on('error', (error: NodeJS.ErrnoException) => {
      if (!guard.dropped && error.code?.startsWith('ERR_HTTP2') === true)
        onRefused({ peer: guard.peer, reason: error.code });
    });
  }
}
