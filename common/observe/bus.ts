import { connect, Events, NatsError } from 'nats';
import type { NatsConnection, Subscription as NatsSubscription } from 'nats';
import { systemClock } from '../model/clock.js';
import type { Clock } from '../model/clock.js';
import { Inflow } from './inflow.js';
import type { InflowBounds } from './inflow.js';
import type { Logger } from './logger.js';
import { parseNatsUrl } from './nats-address.js';
import type { NatsAddress } from './nats-address.js';
import { natsTlsOf } from './nats-tls.js';
import type { NatsTlsFiles } from './nats-tls.js';
import { Outflow } from './outflow.js';

/** Where and how to publish. */
export interface BusOptions {
  /** `nats://host:port`, several separated by commas; credentials may stand before the host. */
  readonly url: string;
  /** PEM files of TLS; with any of them nothing goes in clear. */
  readonly tls?: NatsTlsFiles;
  /** Shown in the server's connection list. */
  readonly name: string;
  readonly logger: Logger;
  /** Default the system's. */
  readonly clock?: Clock;
}

/** A message with its subject. */
export interface BusMessage {
  readonly subject: string;
  readonly payload: object;
}

const CONNECT_TIMEOUT_MS = 2_000;
const RETRY_MS = 1_000;
/** A server may come up together with this program; absence is told once it lasts. */
const PATIENCE_MS = 2_000;
/** A server that hangs is given up after three of these. */
const PING_MS = 5_000;
const CLOSE_TIMEOUT_MS = 2_000;

interface Subscription {
  readonly subject: string;
  readonly inflow: Inflow;
  taken: NatsSubscription | undefined;
}

/**
 * Publishes JSON to NATS, and hears subjects, best effort: without a server everything else goes on. Absence is told once by a warning, the
 * return once by an information; meanwhile messages are dropped and counted, never queued without bound.
 */
export class MessageBus {
  readonly #options: BusOptions;
  readonly #address: NatsAddress;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #closed = new AbortController();
  #running: Promise<void> | undefined;
  #connection: NatsConnection | undefined;
  #connected = false;
  #toldAbsence = false;
  #outflow: Outflow | undefined;
  #dropped = 0;
  readonly #subscriptions = new Set<Subscription>();

  constructor(options: BusOptions) {
    this.#options = options;
    this.#address = parseNatsUrl(options.url);
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger.child({ nats: this.#address.servers.join(',') });
  }

  /** Begins to connect in the background and returns at once. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Whether messages reach a server now. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Messages that found no server, or one that took nothing, since start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Publishes within some milliseconds if connected, else drops. Never throws. */
  publish(subject: string, payload: object): void {
    const outflow = this.#connected ? this.#outflow : undefined;
    const taken = outflow !== undefined && outflow.send(subject, Buffer.from(JSON.stringify(payload)));
    if (!taken) this.#dropped += 1;
  }

  /**
   * Publishes these, and answers whether the server has said within the time that it has taken them all; `absent` when there is none.
   * Never throws.
   */
  async deliver(messages: readonly BusMessage[], timeoutMs: number): Promise<'taken' | 'absent' | 'late'> {
    const connection = this.#connected ? this.#connection : undefined;
    if (connection === undefined) return 'absent';
    const over = new AbortController();
    const late = this.#clock.sleep(timeoutMs, over.signal).then(
      () => 'late' as const,
      () => 'late' as const,
    );
    try {
      for (const { subject, payload } of messages) connection.publish(subject, Buffer.from(JSON.stringify(payload)));
      return await Promise.race([connection.flush().then(() => 'taken' as const), late]);
    } catch (error) {
      this.#logger.debug({ err: error }, 'messages not delivered');
      return 'absent';
    } finally {
      over.abort();
    }
  }

  /**
   * Hears a subject, now and over every connection to come, until the answer is called. What is over the bounds is left
   * out; so is all that is published while there is no connection.
   */
  subscribe(subject: string, bounds: InflowBounds, onMessage: (data: Uint8Array, subject: string) => void): () => void {
    const inflow = new Inflow(bounds, this.#clock, onMessage);
    const subscription: Subscription = { subject, inflow, taken: undefined };
    this.#subscriptions.add(subscription);
    this.#take(subscription);
    return () => {
      this.#subscriptions.delete(subscription);
      // Over a connection that is closed there is nothing left to end.
      if (this.#connection?.isClosed() === false) subscription.taken?.unsubscribe();
    };
  }

  /** Sends what is under way and disconnects, waiting at most two seconds for a server that does not answer. */
  async close(): Promise<void> {
    this.#connected = false;
    const connection = this.#connection;
    if (connection !== undefined && !connection.isClosed()) {
      this.#outflow?.handOver();
      const late = new AbortController();
      const deadline = this.#clock.sleep(CLOSE_TIMEOUT_MS, late.signal).catch(() => undefined);
      await Promise.race([connection.drain().catch(() => undefined), connection.closed(), deadline]);
      late.abort();
    }
    this.#closed.abort();
    await connection?.close();
    await this.#running;
  }

  /** One connection after another; the library keeps each alive across breaks as long as it can. */
  async #run(): Promise<void> {
    const { signal } = this.#closed;
    const ended = (): boolean => signal.aborted;
    const begunMs = this.#clock.monotonicMs();
    while (!ended()) {
      try {
        await this.#use(await this.#connect());
      } catch (error) {
        if (!ended() && this.#clock.monotonicMs() - begunMs >= PATIENCE_MS) this.#tellAbsence(reasonOf(error));
      }
      await this.#clock.sleep(RETRY_MS, signal).catch(() => undefined);
    }
  }

  #connect(): Promise<NatsConnection> {
    const { servers, credentials } = this.#address;
    return connect({
      ...credentials,
      ...natsTlsOf(servers, this.#options.tls),
      servers,
      name: this.#options.name,
      timeout: CONNECT_TIMEOUT_MS,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RETRY_MS,
      reconnectJitter: 500,
      pingInterval: PING_MS,
      maxPingOut: 2,
      ignoreClusterUpdates: true,
    });
  }

  /** Resolves or rejects when the library has given the connection up, as after a refusal of its credentials. */
  async #use(connection: NatsConnection): Promise<void> {
    if (this.#isClosed()) {
      await connection.close();
      return;
    }
    this.#connection = connection;
    this.#outflow = this.#outflowOf(connection);
    for (const subscription of this.#subscriptions) this.#take(subscription);
    this.#setConnected(true);
    void this.#follow(connection).catch(() => undefined);
    const error = await connection.closed();
    this.#connection = undefined;
    this.#outflow = undefined;
    this.#connected = false;
    if (!this.#isClosed()) this.#tellAbsence(reasonOf(error));
  }

  #outflowOf(connection: NatsConnection): Outflow {
    const onLost = (subject: string, error: unknown): void => {
      this.#dropped += 1;
      this.#logger.debug({ err: error, subject }, 'message not published');
    };
    return new Outflow(connection, { clock: this.#clock, onLost });
  }

  /** The library subscribes again by itself over reconnects of one connection. */
  #take(subscription: Subscription): void {
    if (this.#connection === undefined || this.#connection.isClosed()) return;
    const { subject, inflow } = subscription;
    try {
      subscription.taken = this.#connection.subscribe(subject, {
        callback: (error, message) => {
          if (error === null) inflow.take(message.data, message.subject);
          else this.#logger.warn({ err: error, subject }, 'a subject cannot be heard');
        },
      });
    } catch (error) {
      // The connection can close, or begin to drain, between the check and the call.
      this.#logger.debug({ err: error, subject }, 'not subscribed');
    }
  }

  /** The library leaves this iteration waiting when the connection is closed; it goes with it. */
  async #follow(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === Events.Disconnect) this.#setConnected(false);
      if (status.type === Events.Reconnect) this.#setConnected(true);
    }
  }

  #isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  #setConnected(connected: boolean): void {
    if (this.#connected === connected || this.#isClosed()) return;
    this.#connected = connected;
    if (!connected) {
      this.#tellAbsence('disconnected');
      return;
    }
    this.#toldAbsence = false;
    this.#logger.info('connected to NATS');
  }

  #tellAbsence(reason: string): void {
    if (this.#toldAbsence) return;
    this.#toldAbsence = true;
    this.#logger.warn({ reason }, 'no NATS server answers: metrics and events are not published until one does');
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof NatsError) return error.code;
  return error instanceof Error ? error.message : 'closed';
}
