import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A TCP relay in front of a server, which a test can shut and open again at the same port. */
export class TcpGate {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  #server = createServer();
  #port = 0;

  constructor(target: { host: string; port: number }) {
    this.#target = target;
  }

  get port(): number {
    return this.#port;
  }

  /** Listens: on a free port the first time, on the same one later. */
  async open(): Promise<void> {
    this.#server = createServer((caller) => {
      this.#relay(caller);
    });
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', resolve);
    });
    // A TCP server's address is its host and port.
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Breaks all connections and takes no new ones. */
  async shut(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #relay(caller: Socket): void {
    const onward = connect(this.#target);
    for (const [from, to] of [
      [caller, onward],
      [onward, caller],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => undefined);
      from.once('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }
}
