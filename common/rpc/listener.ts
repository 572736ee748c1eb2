import { createServer } from 'node:net';
import type { ListenOptions, Server, Socket } from 'node:net';

/**
 * Connections that may wait to be accepted; the kernel's own bound (net.core.somaxconn) holds as well. Node's 511 is too few:
 * when ten thousand agents come back at once the rest would try again only after seconds, then half a minute.
 */
const BACKLOG = 4096;

/** Takes connections at one address and hands each on. */
export class Listener {
  readonly #server: Server;

  constructor(onConnection: (socket: Socket) => void) {
    this.#server = createServer({ noDelay: true }, onConnection);
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

  /** Takes no more connections; those there are go on. */
  close(): void {
    this.#server.close();
  }

  #addressOf(address: string): string {
    const bound = this.#server.address();
    if (bound === null || typeof bound === 'string') return address;
    return address.replace(/:\d+$/, `:${String(bound.port)}`);
  }
}

function placeOf(address: string): ListenOptions {
  if (address.startsWith('unix:')) return { path: address.slice('unix:'.length) };
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(colon + 1)) };
}
