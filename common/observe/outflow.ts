import type { NatsConnection } from 'nats';

/** What may wait for a server that takes nothing, in bytes. */
const MOST_UNSENT_BYTES = 8 * 2 ** 20;

/** The way out over one connection: takes no more than the server has taken of late, and a bounded rest. */
export class Outflow {
  readonly #connection: Pick<NatsConnection, 'flush' | 'publish'>;
  #unsentBytes = 0;
  #flushing = false;

  constructor(connection: Pick<NatsConnection, 'flush' | 'publish'>) {
    this.#connection = connection;
  }

  /** Sends, or answers false when too much waits already. Throws when the connection cannot take it at all. */
  send(subject: string, bytes: Uint8Array): boolean {
    if (this.#unsentBytes > MOST_UNSENT_BYTES) return false;
    this.#connection.publish(subject, bytes);
    this.#unsentBytes += bytes.length;
    if (!this.#flushing) void this.#flush();
    return true;
  }

  /** The server's answer to a flush says that it has taken all that went before. */
  async #flush(): Promise<void> {
    this.#flushing = true;
    while (this.#unsentBytes > 0) {
      const covered = this.#unsentBytes;
      // A break of the connection loses what waited in it, which counts as gone, too.
      await this.#connection.flush().catch(() => undefined);
      this.#unsentBytes -= covered;
    }
    this.#flushing = false;
  }
}
