import { StorageType } from 'nats';
import type { JetStreamManager, KV, NatsConnection } from 'nats';
import type { Servers } from './servers.js';
import { Unsettled, isConflict } from './servers.js';

/** What a key has. */
export interface BucketEntry {
  readonly value: Buffer;
  /** Above 0. */
  readonly revision: number;
}

/** A bucket's name and on how many servers it is kept. */
export interface BucketOptions {
  readonly name: string;
  readonly replicas: number;
  readonly description: string;
}

/**
 * Small values of a cluster under keys, in a bucket of NATS JetStream that is made where there is none. Reads ask the one server
 * that orders the writes; what is written takes the place of a revision, and of nothing else. Every call throws `HeadframeError`
 * (unavailable, 'shared_place_away') when the servers do not answer.
 */
export class SharedBucket {
  readonly name: string;
  readonly #bucket: KV;
  readonly #servers: Servers;

  /** For `open` alone. */
  constructor(name: string, bucket: KV, servers: Servers) {
    this.name = name;
    this.#bucket = bucket;
    this.#servers = servers;
  }

  /** Opens it; the connection stays its owner's. */
  static async open(connection: NatsConnection, options: BucketOptions, servers: Servers): Promise<SharedBucket> {
    const { name, replicas, description } = options;
    const bucket = await servers.ask(`bucket ${name}`, async () => {
      const asked = { timeout: servers.requestMs };
      const opened = await connection.jetstream(asked).views.kv(name, {
        ...{ history: 1, replicas, storage: StorageType.File, description },
        // Else any replica answers, though it may be behind.
        allow_direct: false,
      });
      await keepOn(await connection.jetstreamManager(asked), `KV_${name}`, replicas);
      return opened;
    });
    return new SharedBucket(name, bucket, servers);
  }

  /** Undefined where there is nothing. */
  async read(key: string): Promise<BucketEntry | undefined> {
    const entry = await this.#servers.ask(this.#called(key), () => this.#bucket.get(key));
    if (entry?.operation !== 'PUT') return undefined;
    return { value: Buffer.from(entry.value), revision: entry.revision };
  }

  /** Puts a value in the place of that revision, 0 for none, and gives its own; undefined, and nothing done, where another is there. */
  replace(key: string, value: Uint8Array, revision: number): Promise<number | undefined> {
    return this.#servers.ask(this.#called(key), async () => {
      try {
        return await (revision === 0 ? this.#bucket.create(key, value) : this.#bucket.update(key, value, revision));
      } catch (error) {
        if (!isConflict(error)) throw error;
        const found = await this.#readAfter(error, key, revision);
        // It may be this very write, whose answer was lost.
        return found !== undefined && found.revision > revision && found.value.equals(value)
          ? found.revision
          : undefined;
      }
    });
  }

  /** Removes what stands there at that revision; false, and nothing done, where something else does. */
  remove(key: string, revision: number): Promise<boolean> {
    return this.#servers.ask(this.#called(key), async () => {
      try {
        await this.#bucket.delete(key, { previousSeq: revision });
        return true;
      } catch (error) {
        if (!isConflict(error)) throw error;
        return (await this.#readAfter(error, key, revision)) === undefined;
      }
    });
  }

  /** The keys below a prefix that ends in a dot. */
  keys(prefix: string): Promise<string[]> {
    return this.#servers.ask(this.#called(prefix), async () => {
      const found: string[] = [];
      for await (const key of await this.#bucket.keys(`${prefix}*`)) found.push(key);
      return found;
    });
  }

  /** Calls back for what is below a prefix that ends in a dot, and soon after it changes, until the signal. */
  async watch(prefix: string, changed: () => void, signal: AbortSignal): Promise<void> {
    const entries = await this.#servers.ask(this.#called(prefix), () => this.#bucket.watch({ key: `${prefix}*` }));
    const stop = (): void => {
      entries.stop();
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      const next = entries[Symbol.asyncIterator]();
      while ((await next.next()).done !== true) changed();
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** What stands there after a conflict with it. Throws `Unsettled` while that is what was to be replaced. */
  async #readAfter(conflict: unknown, key: string, revision: number): Promise<BucketEntry | undefined> {
    const found = await this.read(key);
    // Servers refuse the second of two writes before the first can be read.
    if ((found?.revision ?? 0) === revision) throw new Unsettled('another write is under way', { cause: conflict });
    return found;
  }

  #called(key: string): string {
    return `${key} of bucket ${this.name}`;
  }
}

/** Has a stream kept on so many servers, though it was made for fewer or more. */
export async function keepOn(manager: JetStreamManager, stream: string, replicas: number): Promise<void> {
  const { config } = await manager.streams.info(stream);
  if (config.num_replicas !== replicas) await manager.streams.update(stream, { num_replicas: replicas });
}
