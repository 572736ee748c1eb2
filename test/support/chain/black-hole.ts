import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A relay in front of a server that can swallow all that passes, with every connection left as it is. */
export class BlackHole {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** By `open`. */
  constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  /** In front of a `ws:` URL. */
  static async open(target: string): Promise<BlackHole> {
    const { hostname, port } = new URL(target);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const hole = new BlackHole(server, `ws://127.0.0.1:${String((server.address() as AddressInfo).port)}`); // of TCP
    server.on('connection', (caller) => {
      const onward = connect(Number(port), hostname);
      for (const [from, to] of [
        [caller, onward],
        [onward, caller],
      ] as const) {
        hole.#sockets.add(from);
        from.on('error', () => undefined);
        from.once('close', () => {
          hole.#sockets.delete(from);
          to.destroy();
        });
        from.on('data', (data) => to.write(data));
      }
    });
    return hole;
  }

  /** From here on nothing arrives on the connections that stand; new ones are as before. */
  swallow(): void {
    for (const socket of this.#sockets) socket.removeAllListeners('data').resume();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
