import { NatsError } from 'nats';
import type { JetStreamClient, JetStreamManager, NatsConnection } from 'nats';
import { getMessage, managerOf } from './log-stream.js';

/** Which snapshot: of two, that of the higher revision is the newer, then that of the higher epoch. */
export interface SnapshotName {
  readonly revision: number;
  readonly epoch: number;
  /** Unlike any other's. */
  readonly id: string;
}

/** Snapshots in a stream: chunks of each, and a closing where it is whole. */
export interface SnapshotStream {
  readonly name: string;
  /** All of which anything is there, oldest first. */
  list(): Promise<SnapshotName[]>;
  /** Appends a chunk and tells its place in the stream; may do so twice when an answer is lost, which does no harm. */
  addChunk(of: SnapshotName, message: Buffer): Promise<number>;
  addClosing(of: SnapshotName, message: Buffer): Promise<number>;
  /** The closing and its place; undefined while there is none. */
  closing(of: SnapshotName): Promise<{ readonly sequence: number; readonly message: Buffer } | undefined>;
  get(sequence: number): Promise<Buffer | undefined>;
  remove(snapshot: SnapshotName): Promise<void>;
}

/** Whether one snapshot is older than another. */
export function isOlder(one: SnapshotName, than: Omit<SnapshotName, 'id'>): boolean {
  return one.revision < than.revision || (one.revision === than.revision && one.epoch < than.epoch);
}

const NO_MESSAGE = 10037;
const PUBLISH_TIMEOUT_MS = 5_000;
const SUBJECT = /\.(\d+)\.(\d+)\.([\w-]+)\.(?:chunk|end)$/;

/** The snapshots' stream on NATS. */
export class NatsSnapshotStream implements SnapshotStream {
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

  /** `subject` is what all its subjects begin with. */
  static async open(connection: NatsConnection, place: { name: string; subject: string }): Promise<NatsSnapshotStream> {
    return new NatsSnapshotStream(place, connection.jetstream(), await managerOf(connection));
  }

  async list(): Promise<SnapshotName[]> {
    const { state } = await this.#manager.streams.info(this.name, { subjects_filter: `${this.#subject}.>` });
    const found = new Map<string, SnapshotName>();
    for (const subject of Object.keys(state.subjects ?? {})) {
      const [, revision, epoch, id] = SUBJECT.exec(subject) ?? [];
      if (id !== undefined) found.set(id, { revision: Number(revision), epoch: Number(epoch), id });
    }
    return [...found.values()].sort((a, b) => a.revision - b.revision || a.epoch - b.epoch);
  }

  addChunk(of: SnapshotName, message: Buffer): Promise<number> {
    return this.#publish(`${this.#subjectOf(of)}.chunk`, message);
  }

  addClosing(of: SnapshotName, message: Buffer): Promise<number> {
    return this.#publish(`${this.#subjectOf(of)}.end`, message);
  }

  async closing(of: SnapshotName): Promise<{ readonly sequence: number; readonly message: Buffer } | undefined> {
    try {
      const found = await this.#manager.streams.getMessage(this.name, { last_by_subj: `${this.#subjectOf(of)}.end` });
      return { sequence: found.seq, message: Buffer.from(found.data) };
    } catch (thrown) {
      if (thrown instanceof NatsError && thrown.api_error?.err_code === NO_MESSAGE) return undefined;
      throw thrown;
    }
  }

  get(sequence: number): Promise<Buffer | undefined> {
    return getMessage(this.#manager, this.name, sequence);
  }

  async remove(snapshot: SnapshotName): Promise<void> {
    await this.#manager.streams.purge(this.name, { filter: `${this.#subjectOf(snapshot)}.>` });
  }

  async #publish(subject: string, message: Buffer): Promise<number> {
    const expect = { streamName: this.name };
    const { seq } = await this.#client.publish(subject, message, { expect, timeout: PUBLISH_TIMEOUT_MS });
    return seq;
  }

  #subjectOf({ revision, epoch, id }: SnapshotName): string {
    return `${this.#subject}.${String(revision)}.${String(epoch)}.${id}`;
  }
}
