import { setImmediate } from 'node:timers/promises';
import { DiscardPolicy, NatsError, StorageType } from 'nats';
import type { JetStreamManager, NatsConnection, ObjectInfo, ObjectStore, StreamConfig } from 'nats';
import type { Clock } from '../../common/model/clock.js';
import type { Servers } from './servers.js';
import { away } from './servers.js';
import { keepOn } from './shared-bucket.js';
import type { BucketOptions } from './shared-bucket.js';

/** For one part, in milliseconds. */
const READ_MS = 20_000;
const PIECE_BYTES = 128 * 1024;
const STREAM_NOT_FOUND = 10059;

interface PartsTools {
  readonly servers: Servers;
  readonly clock: Pick<Clock, 'sleep'>;
}

/**
 * Pieces of bytes that never change, each an object of its own in a bucket of NATS' Object Store: the library takes an object into
 * memory as fast as it comes, so that only small ones are handled with bounded memory. Every call throws `HeadframeError`
 * (unavailable, 'shared_place_away') when the servers do not answer.
 */
export class ObjectParts {
  readonly name: string;
  readonly #objects: ObjectStore;
  readonly #manager: JetStreamManager;
  readonly #servers: Servers;
  readonly #clock: Pick<Clock, 'sleep'>;

  /** For `open` alone. */
  constructor(
    name: string,
    opened: { objects: ObjectStore; manager: JetStreamManager },
    { servers, clock }: PartsTools,
  ) {
    this.name = name;
    this.#objects = opened.objects;
    this.#manager = opened.manager;
    this.#servers = servers;
    this.#clock = clock;
  }

  /** Opens it; the connection stays its owner's. */
  static async open(connection: NatsConnection, options: BucketOptions, tools: PartsTools): Promise<ObjectParts> {
    const { name, replicas, description } = options;
    return tools.servers.ask(`object bucket ${name}`, async () => {
      const asked = { timeout: tools.servers.requestMs };
      const manager = await connection.jetstreamManager(asked);
      // The library would ask with a field that servers from 2.12 on refuse to know.
      await makeStream(manager, { ...streamConfig(name), num_replicas: replicas, description });
      await keepOn(manager, streamOf(name), replicas);
      const objects = await connection.jetstream(asked).views.os(name);
      return new ObjectParts(name, { objects, manager }, tools);
    });
  }

  /** Puts one durably. */
  async put(part: string, bytes: Uint8Array): Promise<void> {
    await this.#servers.ask(this.#called(part), () => this.#objects.put({ name: part }, inPieces(bytes)));
  }

  /** Whether it is there, with so many bytes. */
  async has(part: string, bytes: number): Promise<boolean> {
    const info = await this.#servers.ask(this.#called(part), () => this.#objects.info(part));
    return info !== null && !info.deleted && info.size === bytes;
  }

  /** Undefined where it is not there, not whole, or not what it was. */
  async read(part: string, bytes: number): Promise<Buffer | undefined> {
    const info = await this.#servers.ask(this.#called(part), () => this.#objects.info(part));
    // The library waits without end for what its servers have lost a piece of.
    if (info === null || info.deleted || info.size !== bytes || !(await this.#hasAllOf(info))) return undefined;
    const found = await this.#servers.ask(this.#called(part), () => this.#objects.get(part));
    if (found === null) return undefined;
    // It fails with the stream, which is where it is seen.
    found.error.catch(() => undefined);
    return this.#readAll(part, found.data.getReader());
  }

  /** The names of all. */
  async list(): Promise<string[]> {
    const all = await this.#servers.ask(`object bucket ${this.name}`, () => this.#objects.list());
    return all.map(({ name }) => name);
  }

  /** Of all, with what the servers note beside. */
  async usedBytes(): Promise<number> {
    const stream = streamOf(this.name);
    return (await this.#servers.ask(`object bucket ${this.name}`, () => this.#manager.streams.info(stream))).state
      .bytes;
  }

  /** Removes one and all trace of it. */
  async remove(part: string): Promise<void> {
    await this.#servers.ask(this.#called(part), async () => {
      await this.#objects.delete(part);
      // The library leaves a mark for each that was ever there.
      await this.#manager.streams.purge(streamOf(this.name), { filter: subjectOf(this.name, part) });
    });
  }

  async #readAll(part: string, reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Buffer | undefined> {
    const over = new AbortController();
    const late = this.#clock.sleep(READ_MS, over.signal).then(() => 'late' as const);
    try {
      const outcome = await Promise.race([bytesOf(reader), late.catch(() => 'late' as const)]);
      if (outcome !== 'late') return outcome;
      throw away(this.#called(part), new Error('it does not come in time'));
    } finally {
      over.abort();
      await reader.cancel().catch(() => undefined);
    }
  }

  async #hasAllOf({ nuid, chunks }: Pick<ObjectInfo, 'nuid' | 'chunks'>): Promise<boolean> {
    const filter = `$O.${this.name}.C.${nuid}`;
    const asked = { subjects_filter: filter };
    const { state } = await this.#servers.ask(`object bucket ${this.name}`, () =>
      this.#manager.streams.info(streamOf(this.name), asked),
    );
    return (state.subjects?.[filter] ?? 0) === chunks;
  }

  #called(part: string): string {
    return `${part} of object bucket ${this.name}`;
  }
}

/** Undefined where the library finds that it is not what it was. */
async function bytesOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Buffer | undefined> {
  const pieces: Uint8Array[] = [];
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) pieces.push(next.value);
  } catch {
    return undefined;
  }
  return Buffer.concat(pieces);
}

/** The library hashes in its own code all that it is given at once: in small pieces, for others have their turns between. */
function inPieces(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull: async (controller) => {
      await setImmediate();
      if (at < bytes.length) controller.enqueue(bytes.subarray(at, at + PIECE_BYTES));
      at += PIECE_BYTES;
      if (at >= bytes.length) controller.close();
    },
  });
}

/** Of its metadata, as the protocol has it: https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-20.md */
function subjectOf(bucket: string, part: string): string {
  const name = Buffer.from(part).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
  return `$O.${bucket}.M.${name}`;
}

/** The stream of a bucket, as that protocol has it. */
function streamConfig(bucket: string) {
  return {
    name: streamOf(bucket),
    subjects: [`$O.${bucket}.C.>`, `$O.${bucket}.M.>`],
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    allow_rollup_hdrs: true,
    allow_direct: true,
  };
}

async function makeStream(
  manager: JetStreamManager,
  config: Partial<StreamConfig> & { readonly name: string },
): Promise<void> {
  try {
    await manager.streams.info(config.name);
  } catch (error) {
    if (!(error instanceof NatsError) || error.api_error?.err_code !== STREAM_NOT_FOUND) throw error;
    await manager.streams.add(config);
  }
}

function streamOf(bucket: string): string {
  return `OBJ_${bucket}`;
}
