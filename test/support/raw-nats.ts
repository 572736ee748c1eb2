import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** A message as the server sent it. */
export interface NatsMessage {
  readonly subject: string;
  readonly payload: Record<string, unknown>;
}

/**
 * The least that can listen to a NATS server, written from its protocol's description and from nothing of ours:
 * https://docs.nats.io/reference/reference-protocols/nats-protocol
 */
export class RawNats {
  readonly messages: NatsMessage[] = [];
  readonly #socket: Socket;
  #text = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (data: Buffer) => {
      this.#text = Buffer.concat([this.#text, data]);
      while (this.#takeOne());
    });
    socket.on('error', () => undefined); // a test closes the server under it
  }

  /** Connects to `nats://host:port` and subscribes to subjects; resolves once the server has taken that. */
  static async listen(url: string, subjects: readonly string[]): Promise<RawNats> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    const client = new RawNats(socket);
    const ready = client.#pong();
    socket.write('CONNECT {"verbose":false,"pedantic":false,"lang":"none","version":"0"}\r\n');
    for (const [index, subject] of subjects.entries()) socket.write(`SUB ${subject} ${String(index + 1)}\r\n`);
    socket.write('PING\r\n');
    await ready;
    return client;
  }

  /** The messages on subjects that begin so. */
  on(prefix: string): NatsMessage[] {
    return this.messages.filter(({ subject }) => subject.startsWith(prefix));
  }

  /** Publishes a payload as JSON. */
  publish(subject: string, payload: object): void {
    const text = JSON.stringify(payload);
    this.#socket.write(`PUB ${subject} ${String(Buffer.byteLength(text))}\r\n${text}\r\n`);
  }

  close(): void {
    this.#socket.destroy();
  }

  #pong(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once('close', () => reject(new Error('the NATS server closed the connection')));
      this.#socket.on('pong', resolve);
    });
  }

  /** Takes one protocol message off what has come; false when none is whole. */
  #takeOne(): boolean {
    const end = this.#text.indexOf('\r\n');
    if (end < 0) return false;
    const line = this.#text.toString('utf8', 0, end);
    const [word = '', subject = '', ...rest] = line.split(' ');
    const size = word === 'MSG' ? Number(rest.at(-1)) : 0;
    const next = end + 2 + (word === 'MSG' ? size + 2 : 0);
    if (this.#text.length < next) return false;
    const body = this.#text.toString('utf8', end + 2, end + 2 + size);
    this.#text = this.#text.subarray(next);
    if (word === 'PING') this.#socket.write('PONG\r\n');
    if (word === 'PONG') this.#socket.emit('pong');
    // Payloads are documented as JSON objects.
    if (word === 'MSG') this.messages.push({ subject, payload: JSON.parse(body) as NatsMessage['payload'] });
    return true;
  }
}
