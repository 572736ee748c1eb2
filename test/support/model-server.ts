import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';

/** What it was asked at /api/chat. */
export interface AskedChat {
  readonly prompt: string;
  readonly temperature: number;
  readonly max_tokens: number;
}

/** What answers a chat; what it leaves open stays open. */
export type ChatAnswer = (asked: AskedChat, response: ServerResponse) => void;

/** A model on the loopback that answers chats as it is told, by a way to it such as the coordinator's. */
export class ModelServer implements AsyncDisposable {
  readonly asked: AskedChat[] = [];
  readonly headers: IncomingMessage['headers'][] = [];
  /** Connections that are open. */
  open = 0;
  answer: ChatAnswer = right;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      void text(request).then((body) => {
        this.headers.push(request.headers);
        // A test's own prompt.
        const asked = JSON.parse(body) as AskedChat;
        this.asked.push(asked);
        this.answer(asked, response);
      });
    });
    this.#server.on('connection', (socket) => {
      this.open += 1;
      socket.on('close', () => (this.open -= 1));
    });
  }

  /** Serves on a free port of 127.0.0.1. */
  static async open(): Promise<ModelServer> {
    const made = new ModelServer();
    await new Promise<void>((resolve) => made.#server.listen(0, '127.0.0.1', resolve));
    return made;
  }

  get port(): number {
    // A TCP server has an address with a port.
    return (this.#server.address() as AddressInfo).port;
  }

  /** A connection to it, whatever instance is asked for. */
  connect(): Promise<Duplex> {
    return Promise.resolve(connect(this.port, '127.0.0.1'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Answers the canaries that are built in as they want it. */
export const right: ChatAnswer = ({ prompt }, response) => {
  response.end(JSON.stringify({ response: rightAnswer(prompt) }));
};

/** What a built-in canary wants to hear. */
export function rightAnswer(prompt: string): string {
  const [, a = '', b = ''] = /(\d+) \+ (\d+)/.exec(prompt) ?? [];
  const words = /alphabet: (.*)\?/.exec(prompt)?.[1]?.split(', ');
  const word = /word: (\w+)/.exec(prompt)?.[1];
  return a === '' ? (words?.sort()[0] ?? word ?? '') : String(Number(a) + Number(b));
}
