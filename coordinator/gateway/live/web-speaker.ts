import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { Speaker } from './client-socket.js';
import type { ReadyFrame } from './shared-frames.js';

/** Speaks to a client of the server by its WebSocket, and what is ready by the connection below, in one write. */
export class WebSpeaker implements Speaker {
  readonly #webSocket: WebSocket;
  readonly #connection: Duplex;

  /** The WebSocket compresses nothing and is sent whole texts alone, so that no frame is ever amid those of another. */
  constructor(webSocket: WebSocket, connection: Duplex) {
    this.#webSocket = webSocket;
    this.#connection = connection;
  }

  get bufferedAmount(): number {
    return this.#webSocket.bufferedAmount;
  }

  send(text: string, done: () => void): void {
    this.#webSocket.send(text, done);
  }

  sendReady({ wire }: ReadyFrame, done: () => void): void {
    // Nothing follows a farewell, whose ever it was.
    if (this.#webSocket.readyState === WebSocket.OPEN) this.#connection.write(wire, done);
    else process.nextTick(done);
  }

  ping(): void {
    this.#webSocket.ping();
  }

  pong(data: Buffer, done: () => void): void {
    this.#webSocket.pong(data, undefined, done);
  }

  close(code: number, reason: string): void {
    this.#webSocket.close(code, reason);
  }

  terminate(): void {
    this.#webSocket.terminate();
  }
}
