import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Server } from 'node:tls';
import type { Clock } from '../model/clock.js';
import { secureContextOf } from './secure-context.js';
import type { CertificateSource, RefusedConnection } from './security.js';
import { waitInTurns } from './turns.js';

/** Time for a handshake, in milliseconds of turns; whoever says nothing is dropped after it. */
const HANDSHAKE_MS = 10_000;
/** Node's own limit, far beyond ours: it would drop those whose words are there but not read yet, as when a whole fleet comes at once. */
const NODE_HANDSHAKE_MS = 600_000;

/** Where connections go from here. */
interface GateParts {
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly onConnection: (socket: Socket) => void;
  readonly onRefused: (refused: RefusedConnection) => void;
  /** In milliseconds of turns; default 10 s. */
  readonly handshakeMs?: number | undefined;
}

class HandshakeTimeout extends Error {
  readonly code = 'ERR_TLS_HANDSHAKE_TIMEOUT';
  readonly peer: string;

  constructor(peer: string) {
    super('the handshake was not done in time');
    this.peer = peer;
  }
}

/** Makes TLS 1.3 out of raw connections. New ones use the source's newest certificates, those there are keep theirs. */
export class TlsGate {
  readonly #server: Server;
  readonly #clock: GateParts['clock'];
  readonly #handshakeMs: number;
  /** By peer: what drops it. */
  readonly #shaking = new Map<string, { readonly socket: Socket; readonly stopTimer: () => void }>();
  readonly #forgetSource: () => void;

  constructor(source: CertificateSource, { clock, onConnection, onRefused, handshakeMs = HANDSHAKE_MS }: GateParts) {
    this.#clock = clock;
    this.#handshakeMs = handshakeMs;
    this.#server = createServer({
      ...secureContextOf(source),
      // A host that joins has no certificate yet, and who signed one is for `authorize` to say.
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
      handshakeTimeout: NODE_HANDSHAKE_MS,
    });
    this.#server.on('secureConnection', (socket) => {
      this.#forget(peerOf(socket));
      onConnection(socket);
    });
    this.#server.on('tlsClientError', (error, socket) => {
      onRefused({
        peer: error instanceof HandshakeTimeout ? error.peer : (socket.remoteAddress ?? 'unknown'),
        reason: reasonOf(error),
      });
      socket.destroy();
    });
    this.#forgetSource = source.onChange(() => {
      this.#server.setSecureContext(secureContextOf(source));
    });
  }

  /** Begins the handshake. */
  readonly enter = (socket: Socket): void => {
    // Of no use to anybody before its handshake is done: told of by `tlsClientError`.
    socket.on('error', () => undefined);
    const peer = peerOf(socket);
    this.#shaking.set(peer, { socket, stopTimer: this.#limit(socket) });
    socket.once('close', () => {
      this.#forget(peer);
    });
    this.#server.emit('connection', socket);
  };

  /** Drops those whose handshake is under way and looks at the source no more. */
  close(): void {
    this.#forgetSource();
    for (const { socket } of this.#shaking.values()) socket.destroy();
  }

  #limit(socket: Socket): () => void {
    // Those of a unix socket cannot be told apart; who reaches it is on this machine.
    if (socket.remotePort === undefined) return () => undefined;
    const atEnd = (): void => {
      socket.destroy(new HandshakeTimeout(socket.remoteAddress ?? 'unknown'));
    };
    return waitInTurns(this.#clock, this.#handshakeMs, { atEnd });
  }

  #forget(peer: string): void {
    this.#shaking.get(peer)?.stopTimer();
    this.#shaking.delete(peer);
  }
}

function peerOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress}:${String(remotePort)}`;
}

function reasonOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : 'tls_failed';
}
