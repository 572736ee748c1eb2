import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { SecureContextOptions, Server } from 'node:tls';
import type { CertificateSource, RefusedConnection } from './security.js';

/** Time for a handshake, in milliseconds; whoever says nothing is dropped after it. */
const HANDSHAKE_MS = 10_000;

/** Where connections go from here. */
interface Exits {
  readonly onConnection: (socket: Socket) => void;
  readonly onRefused: (refused: RefusedConnection) => void;
  /** In milliseconds; default 10 s. */
  readonly handshakeMs?: number | undefined;
}

/** Makes TLS 1.3 out of raw connections. New ones use the source's newest certificates, those there are keep theirs. */
export class TlsGate {
  readonly #server: Server;
  readonly #shaking = new Map<string, Socket>();
  readonly #forgetSource: () => void;

  constructor(source: CertificateSource, { onConnection, onRefused, handshakeMs = HANDSHAKE_MS }: Exits) {
    this.#server = createServer({
      ...contextOf(source),
      // A host that joins has no certificate yet, and who signed one is for `authorize` to say.
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
      handshakeTimeout: handshakeMs,
    });
    this.#server.on('secureConnection', (socket) => {
      this.#shaking.delete(peerOf(socket));
      onConnection(socket);
    });
    this.#server.on('tlsClientError', (error, socket) => {
      onRefused({ peer: socket.remoteAddress ?? 'unknown', reason: reasonOf(error) });
      socket.destroy();
    });
    this.#forgetSource = source.onChange(() => {
      this.#server.setSecureContext(contextOf(source));
    });
  }

  /** Begins the handshake. */
  readonly enter = (socket: Socket): void => {
    // Of no use to anybody before its handshake is done: told of by `tlsClientError`.
    socket.on('error', () => undefined);
    const peer = peerOf(socket);
    this.#shaking.set(peer, socket);
    socket.once('close', () => this.#shaking.delete(peer));
    this.#server.emit('connection', socket);
  };

  /** Drops those whose handshake is under way and looks at the source no more. */
  close(): void {
    this.#forgetSource();
    for (const socket of this.#shaking.values()) socket.destroy();
  }
}

function contextOf(source: CertificateSource): SecureContextOptions {
  const { certificate, key, authorities } = source.current();
  return { cert: certificate, key, ca: authorities, minVersion: 'TLSv1.3' };
}

function peerOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress}:${String(remotePort)}`;
}

function reasonOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : 'tls_failed';
}
