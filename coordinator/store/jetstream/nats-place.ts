import type { NatsConnection } from 'nats';
import { serverFactsOf } from './connection.js';
import { PART_OVERHEAD_BYTES } from './log-message.js';
import type { LogPlace, LogStreams } from './log-place.js';
import { NatsLogStream, managerOf } from './log-stream.js';
import type { JetStreamStoreOptions } from './options.js';
import type { Patience } from './patience.js';
import { connectionRefusal } from './server-checks.js';
import { NatsSnapshotStream } from './snapshot-stream.js';
import type { StoreStanding } from './server-watch.js';
import { ensureStreams, holdersOf, holdersSeen, isThere, namesOf } from './streams.js';
import type { StreamNames } from './streams.js';

/** Headers of a message, for which the servers count it as larger. */
const HEADER_BYTES = 512;

/** The place in NATS. */
export class NatsPlace implements LogPlace {
  readonly #options: JetStreamStoreOptions & { readonly messageBytes: number };
  #connection: NatsConnection | undefined;

  constructor(options: JetStreamStoreOptions & { readonly messageBytes: number }) {
    this.#options = options;
  }

  async open(patience: () => Patience): Promise<LogStreams> {
    const { source, cluster, replicas, check, messageBytes } = this.#options;
    const names = namesOf(cluster);
    const connection = await source.open();
    this.#connection = connection;
    const server = serverFactsOf(connection);
    const refusal = connectionRefusal(server, replicas);
    if (refusal !== undefined) throw refusal;
    const info = await ensureStreams(await managerOf(connection), names, replicas, patience());
    await check?.({ ...server, holders: holdersOf(info.cluster, server.name) });
    return streamsOf(connection, names, messageBytes);
  }

  /** The same, but nothing is made, changed or judged; undefined where they are not there. */
  async find(patience: () => Patience): Promise<LogStreams | undefined> {
    const { source, cluster, messageBytes } = this.#options;
    const names = namesOf(cluster);
    const connection = await source.open();
    const manager = await managerOf(connection);
    for (const { name } of [names.journal, names.snapshots])
      if (!(await isThere(manager, name, patience()))) return undefined;
    return streamsOf(connection, names, messageBytes);
  }

  /** Who holds the journal, as its leader says, and how much snapshots take. Throws where it is not open, or nobody answers. */
  async standing(): Promise<StoreStanding> {
    const connection = this.#connection;
    if (connection === undefined) throw new Error('the place of the store is not open');
    const { journal, snapshots } = namesOf(this.#options.cluster);
    const { streams } = await managerOf(connection);
    const [{ cluster }, { state }] = await Promise.all([streams.info(journal.name), streams.info(snapshots.name)]);
    return { holders: holdersSeen(cluster, serverFactsOf(connection).name), snapshotBytes: state.bytes };
  }

  close(): Promise<void> {
    this.#connection = undefined;
    return this.#options.source.close();
  }
}

async function streamsOf(connection: NatsConnection, names: StreamNames, messageBytes: number): Promise<LogStreams> {
  const largest = Math.min(messageBytes, serverFactsOf(connection).maxPayload);
  return {
    journal: await NatsLogStream.open(connection, names.journal),
    snapshots: await NatsSnapshotStream.open(connection, names.snapshots),
    messageBytes: largest - HEADER_BYTES - PART_OVERHEAD_BYTES,
  };
}
