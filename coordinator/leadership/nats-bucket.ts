import { ErrorCode, KvWatchInclude, NatsError, StorageType } from 'nats';
import type { KV, KvEntry, NatsConnection } from 'nats';
import type { LeaseBucket } from './lease-bucket.js';
import { decodeLease, encodeLease } from './lease-entry.js';
import type { LeaseEntry, LeaseValue } from './lease-entry.js';

/** Which lease is meant, and on how many servers it is kept. */
export interface NatsBucketOptions {
  /** Name of the cluster of coordinators: letters, digits, - and _. */
  readonly cluster: string;
  readonly replicas: number;
}

const KEY = 'leader';
const NO_RESPONDERS: string = ErrorCode.NoResponders;
/** `wrong last sequence`: 10071, and 10164 while another write of the same key is under way (2.12 and later). */
const CONFLICTS: readonly number[] = [10071, 10164];

/**
 * The lease of leadership in a bucket of NATS JetStream, made where there is none. Entries have no age limit: it would end by the
 * clock of a NATS server, which may jump, while waiting by one's own clock for an entry that does not change ends when it should.
 */
export class NatsLeaseBucket implements LeaseBucket {
  readonly #connection: NatsConnection;
  readonly #options: NatsBucketOptions;
  #opened: Promise<KV> | undefined;

  /** The connection stays its owner's. */
  constructor(connection: NatsConnection, options: NatsBucketOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  async read(): Promise<LeaseEntry> {
    const entry = await (await this.#bucket()).get(KEY);
    return entry === null ? { revision: 0, value: undefined } : entryOf(entry);
  }

  async write(value: LeaseValue, revision: number): Promise<number | 'conflict'> {
    try {
      return await (await this.#bucket()).put(KEY, encodeLease(value), { previousSeq: revision });
    } catch (error) {
      if (isConflict(error)) return 'conflict';
      // Nobody hears where the bucket was removed: it is looked for, and made, anew.
      if (error instanceof NatsError && error.code === NO_RESPONDERS) this.#opened = undefined;
      throw error;
    }
  }

  async watch(onEntry: (entry: LeaseEntry) => void, signal: AbortSignal): Promise<void> {
    const bucket = await this.#bucket();
    if (signal.aborted) return;
    const entries = await bucket.watch({ key: KEY, include: KvWatchInclude.LastValue });
    const stop = (): void => {
      entries.stop();
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      for await (const entry of entries) onEntry(entryOf(entry));
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** Has as many servers keep it as are asked for, where it was made for others. Rejects where they will not, or do not answer. */
  async spread(): Promise<void> {
    const { replicas } = this.#options;
    const { streamInfo } = await (await this.#bucket()).status();
    const { name, num_replicas: found } = streamInfo.config;
    if (found === replicas) return;
    const manager = await this.#connection.jetstreamManager({ checkAPI: false });
    await manager.streams.update(name, { num_replicas: replicas });
  }

  /** Opened by the first who asks, and again where that has failed. */
  #bucket(): Promise<KV> {
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  #open(): Promise<KV> {
    const { cluster, replicas } = this.#options;
    const jetstream = this.#connection.jetstream();
    return jetstream.views.kv(`headframe_${cluster}`, {
      ...{ history: 1, replicas, storage: StorageType.File },
      // Else any replica answers, though it may be behind.
      allow_direct: false,
      description: 'Which coordinator of Headframe leads.',
    });
  }
}

function entryOf({ operation, value, revision }: KvEntry): LeaseEntry {
  return { revision, value: operation === 'PUT' ? decodeLease(value) : undefined };
}

function isConflict(error: unknown): boolean {
  return error instanceof NatsError && CONFLICTS.includes(error.api_error?.err_code ?? 0);
}
