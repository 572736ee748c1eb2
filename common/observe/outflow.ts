import type { NatsConnection } from 'nats';
import type { Clock } from '../model/clock.js';

/** What may wait for a server that takes nothing, in bytes. */
const MOST_UNSENT_BYTES = 8 * 2 ** 20;
/** From here on the server is asked at once what it has taken. */
const PROMPT_BYTES = MOST_UNSENT_BYTES / 2;
/** Otherwise it is asked no more often than this. */
const ASK_MS = 100;
/** Messages gather for as long: the library makes a write of what it is given in one go, and writes are what costs. */
const GATHER_MS = 20;

/** A connection as far as it is used here; what it tells of its server says how large a message may be. */
export interface OutflowConnection extends Pick<NatsConnection, 'flush' | 'publish'> {
  readonly info?: { readonly max_payload: number };
}

/** What an outflow needs besides its connection. */
export interface OutflowParts {
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
  /** Called for each message that was taken and could not be handed over after all. */
  readonly onLost: (subject: string, error: unknown) => void;
}

/** The way out over one connection: takes no more than the server has taken of late, and a bounded rest. */
export class Outflow {
  readonly #connection: OutflowConnection;
  readonly #parts: OutflowParts;
  #gathered: { readonly subject: string; readonly bytes: Uint8Array }[] = [];
  #stopGathering: (() => void) | undefined;
  #unsentBytes = 0;
  #asking = false;
  #askedMs = -Infinity;

  constructor(connection: OutflowConnection, parts: OutflowParts) {
    this.#connection = connection;
    this.#parts = parts;
  }

  /** Takes a message, or answers false when too much waits already or it is larger than the server takes. */
  send(subject: string, bytes: Uint8Array): boolean {
    if (this.#unsentBytes > MOST_UNSENT_BYTES) return false;
    if (bytes.length > (this.#connection.info?.max_payload ?? Infinity)) return false;
    this.#gathered.push({ subject, bytes });
    this.#unsentBytes += bytes.length;
    this.#stopGathering ??= this.#parts.clock.setTimer(() => {
      this.handOver();
      this.#askIfDue();
    }, GATHER_MS);
    return true;
  }

  /** Hands what was taken over to the connection, now rather than soon. */
  handOver(): void {
    this.#stopGathering?.();
    this.#stopGathering = undefined;
    const gathered = this.#gathered;
    this.#gathered = [];
    for (const { subject, bytes } of gathered) {
      try {
        this.#connection.publish(subject, bytes);
      } catch (error) {
        // The connection can close in the meantime.
        this.#parts.onLost(subject, error);
      }
    }
  }

  #askIfDue(): void {
    const isDue = this.#parts.clock.monotonicMs() - this.#askedMs >= ASK_MS || this.#unsentBytes > PROMPT_BYTES;
    if (isDue && !this.#asking) void this.#ask();
  }

  /** The server's answer to a flush says that it has taken all that went before. */
  async #ask(): Promise<void> {
    this.#asking = true;
    do {
      this.handOver();
      this.#askedMs = this.#parts.clock.monotonicMs();
      const covered = this.#unsentBytes;
      // A break of the connection loses what waited in it, which counts as gone, too.
      await this.#connection.flush().catch(() => undefined);
      this.#unsentBytes -= covered;
    } while (this.#unsentBytes > PROMPT_BYTES);
    this.#asking = false;
  }
}
