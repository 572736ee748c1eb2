import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A line between two programs on this machine that a test can cut, silently or with a bang, and mend. */
export class Line {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #cut: 'no' | 'silent' | 'refused' = 'no';

  constructor(target: string) {
    const at = target.lastIndexOf(':');
    this.#target = { host: target.slice(0, at), port: Number(target.slice(at + 1)) };
    this.#server = createServer((near) => {
      this.#join(near);
    });
  }

  /** Opens a line to `host:port`. */
  static async open(target: string): Promise<Line> {
    const line = new Line(target);
    await new Promise<void>((resolve) => line.#server.listen(0, '127.0.0.1', resolve));
    return line;
  }

  /** `host:port` of this end. */
  get address(): string {
    // A listening TCP server has an address with a port.
    return `127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** Swallows everything both ways from now on, as a pulled cable does: nobody is told. */
  silence(): void {
    this.#cut = 'silent';
    for (const socket of this.#sockets) socket.pause();
  }

  /** Breaks every connection and refuses new ones, as a program that has ended does. */
  refuse(): void {
    this.#cut = 'refused';
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Connections can be made again; those of before are lost. */
  mend(): void {
    this.#cut = 'no';
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  #join(near: Socket): void {
    this.#keep(near);
    if (this.#cut === 'refused') {
      near.destroy();
      return;
    }
    if (this.#cut === 'silent') {
      near.pause();
      return;
    }
    const far = connect(this.#target);
    this.#keep(far);
    near.pipe(far);
    far.pipe(near);
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    // What breaks a connection is told by its close.
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
