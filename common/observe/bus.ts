import { connect, Events } from 'nats';
import type { NatsConnection } from 'nats';
import type { Logger } from './logger.js';

/** Where and how to publish. */
export interface BusOptions {
  /** `nats://host:port`, several separated by commas. */
  readonly url: string;
  /** Shown in the server's connection list. */
  readonly name: string;
  readonly logger: Logger;
}

/**
 * Publishes JSON to NATS, best effort: without a server everything else goes on. Absence is told once by a warning, the
 * return once by an information; meanwhile messages are dropped and counted, never queued.
 */
export class MessageBus {
  readonly #options: BusOptions;
  readonly #logger: Logger;
  readonly #encoder = new TextEncoder();
  #connection: NatsConnection | undefined;
  #connected = false;
  #closed = false;
  #dropped = 0;

  constructor(options: BusOptions) {
    this.#options = options;
    this.#logger = options.logger.child({ nats: options.url });
  }

  /** Begins to connect in the background and returns at once. */
  start(): void {
    void this.#connect(this.#options);
  }

  /** Whether messages reach a server now. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Messages that found no server since start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Publishes if connected, else drops. Never throws. */
  publish(subject: string, payload: object): void {
    if (!this.#connected || this.#connection === undefined) {
      this.#dropped += 1;
      return;
    }
    try {
      this.#connection.publish(subject, this.#encoder.encode(JSON.stringify(payload)));
    } catch (error) {
      // The connection can close between the check and the call, and a payload can be over the server's limit.
      this.#dropped += 1;
      this.#logger.debug({ err: error, subject }, 'message not published');
    }
  }

  /** Sends what is under way and disconnects, waiting at most two seconds for a server that does not answer. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#connected = false;
    const connection = this.#connection;
    if (connection === undefined || connection.isClosed()) return;
    await Promise.race([connection.drain().catch(() => undefined), connection.closed(), deadline(2_000)]);
    await connection.close();
  }

  async #connect(options: BusOptions): Promise<void> {
    const warned = setTimeout(() => {
      this.#logger.warn('no NATS server answers: metrics and events are not published until one does');
    }, 2_000);
    try {
      const connection = await connect({
        servers: options.url.split(',').map((server) => server.trim()),
        name: options.name,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 1_000,
        reconnectJitter: 500,
        waitOnFirstConnect: true,
        ignoreClusterUpdates: true,
      });
      clearTimeout(warned);
      if (this.#closed) {
        await connection.close();
        return;
      }
      this.#connection = connection;
      this.#setConnected(true);
      await this.#follow(connection);
    } catch (error) {
      clearTimeout(warned);
      this.#connected = false;
      if (!this.#closed) this.#logger.warn({ err: error }, 'NATS cannot be used: metrics and events are not published');
    }
  }

  async #follow(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === Events.Disconnect) this.#setConnected(false);
      if (status.type === Events.Reconnect) this.#setConnected(true);
    }
    this.#connected = false;
  }

  #setConnected(connected: boolean): void {
    if (this.#connected === connected || this.#closed) return;
    this.#connected = connected;
    if (connected) this.#logger.info('connected to NATS');
    else this.#logger.warn('lost the NATS server: metrics and events are not published until it returns');
  }
}

function deadline(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, delayMs).unref();
  });
}
