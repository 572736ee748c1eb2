import { createServer } from 'node:net';
import type { ListenOptions, Server, Socket } from 'node:net';
import type { Clock } from '../model/clock.js';
import { splitAddress } from '../model/address.js';
import { ConnectionCaps } from './connection-caps.js';
import type { ConnectionLimits } from './connection-caps.js';
import { TlsGate } from './tls-gate.js';
import type { RefusedConnection, ServerSecurity } from './security.js';

/**
 * Connections that may wait to be accepted; the kernel's own bound (net.core.somaxconn) holds as well. Node's 511 is too few:
 * when ten thousand agents come back at once the rest would try again only after seconds, then half a minute.
 */
const BACKLOG = 4096;

/** Who takes the connections and how they are bounded. */
export interface ListenerOptions {
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly security: ServerSecurity;
  readonly limits: ConnectionLimits;
  readonly onConnection: (socket: Socket) => void;
  readonly onRefused: (refused: RefusedConnection) => void;
}

/** Takes connections at one address, as many as it may, and hands each on once it is as secure as it must be. */
export class Listener {
  readonly #server: Server;
  readonly #gate: TlsGate | undefined;
  readonly #caps: ConnectionCaps;
  readonly #onRefused: ListenerOptions['onRefused'];

  constructor({ clock, security, limits, onConnection, onRefused }: ListenerOptions) {
    this.#caps = new ConnectionCaps(limits);
    this.#onRefused = onRefused;
    this.#gate =
      security.kind === 'mutual' ? new TlsGate(security.source, { clock, onConnection, onRefused }) : undefined;
    const pass = this.#gate?.enter ?? onConnection;
    this.#server = createServer({ noDelay: true }, (socket) => {
      if (this.#admit(socket)) pass(socket);
    });
  }

  /** Listens on `host:port` (port 0 picks one) or `unix:/path`; resolves with the address that clients can use. */
  listen(address: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ ...placeOf(address), backlog: BACKLOG }, () => {
        this.#server.off('error', reject);
        // A connection that cannot be accepted, for want of file descriptors say, is no reason to end.
        this.#server.on('error', () => undefined);
        resolve(this.#addressOf(address));
      });
    });
  }

  /** Takes no more connections; those there are go on, but for those whose handshake is still under way. */
  close(): void {
    this.#server.close();
    this.#gate?.close();
  }

  #admit(socket: Socket): boolean {
    const peer = socket.remoteAddress ?? 'unknown';
    const release = this.#caps.admit(peer);
    if (release === undefined) {
      socket.destroy();
      this.#onRefused({ peer, reason: 'too_many_connections' });
      return false;
    }
    socket.once('close', release);
    return true;
  }

  #addressOf(address: string): string {
    const bound = this.#server.address();
    if (bound === null || typeof bound === 'string') return address;
    return address.replace(/:\d+$/, `:${String(bound.port)}`);
  }
}

function placeOf(address: string): ListenOptions {
  if (address.startsWith('unix:')) return { path: address.slice('unix:'.length) };
  return splitAddress(address);
}
