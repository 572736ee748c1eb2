import { NatsError } from 'nats';
import type { JetStreamClient, JetStreamManager, NatsConnection } from 'nats';
import { outcomeOf } from './put-outcome.js';
import type { PutOutcome } from './put-outcome.js';

/** First and last message of a stream; the first is one higher than the last when it is empty. */
export interface StreamEnds {
  readonly first: number;
  readonly last: number;
}

/** A stream of messages, each with a number one higher than the one before, of which none changes. */
export interface LogStream {
  readonly name: string;
  /** Throws what the library throws when the stream's leader does not answer. */
  ends(): Promise<StreamEnds>;
  /** The message at a place, of the stream's leader; undefined when there is none. Throws as `ends` does. */
  get(sequence: number): Promise<Buffer | undefined>;
  /** Puts a message right behind `after`, or nowhere; never throws. */
  put(bytes: Uint8Array, after: number): Promise<PutOutcome>;
  /** Removes all messages before a place. */
  removeBefore(sequence: number): Promise<void>;
}

const NO_MESSAGE = 10037;
/** An answer that takes longer is asked for again; nothing is lost by that. */
const REQUEST_TIMEOUT_MS = 3_000;

/** The journal's stream on NATS. */
export class NatsLogStream implements LogStream {
  readonly name: string;
  readonly #subject: string;
  readonly #client: JetStreamClient;
  readonly #manager: JetStreamManager;

  constructor(place: { name: string; subject: string }, client: JetStreamClient, manager: JetStreamManager) {
    this.name = place.name;
    this.#subject = place.subject;
    this.#client = client;
    this.#manager = manager;
  }

  static async open(connection: NatsConnection, place: { name: string; subject: string }): Promise<NatsLogStream> {
    return new NatsLogStream(place, connection.jetstream(), await managerOf(connection));
  }

  async ends(): Promise<StreamEnds> {
    const { state } = await this.#manager.streams.info(this.name);
    return { first: state.messages === 0 ? state.last_seq + 1 : state.first_seq, last: state.last_seq };
  }

  async get(sequence: number): Promise<Buffer | undefined> {
    return getMessage(this.#manager, this.name, sequence);
  }

  async put(bytes: Uint8Array, after: number): Promise<PutOutcome> {
    try {
      const expect = { lastSequence: after, streamName: this.name };
      const { seq } = await this.#client.publish(this.#subject, bytes, { expect, timeout: REQUEST_TIMEOUT_MS });
      return { kind: 'stored', sequence: seq };
    } catch (thrown) {
      return outcomeOf(thrown);
    }
  }

  async removeBefore(sequence: number): Promise<void> {
    await this.#manager.streams.purge(this.name, { seq: sequence });
  }
}

/** What asks about streams. The check that the library makes at first is ours to make, with a remedy. */
export function managerOf(connection: NatsConnection): Promise<JetStreamManager> {
  return connection.jetstreamManager({ checkAPI: false, timeout: REQUEST_TIMEOUT_MS });
}

/** A message of a stream, of its leader; undefined when there is none. */
export async function getMessage(
  manager: JetStreamManager,
  stream: string,
  sequence: number,
): Promise<Buffer | undefined> {
  try {
    const { data } = await manager.streams.getMessage(stream, { seq: sequence });
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  } catch (thrown) {
    if (thrown instanceof NatsError && thrown.api_error?.err_code === NO_MESSAGE) return undefined;
    throw thrown;
  }
}
