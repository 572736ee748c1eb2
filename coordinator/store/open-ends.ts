import { randomUUID } from 'node:crypto';
import type { CoordinatorConfig } from '../../common/config/index.js';
import { nodeDisk, systemProcesses } from '../../common/disk/index.js';
import { HeadframeError } from '../../common/model/error.js';
import { systemClock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';
import { ClusterEnd } from './jetstream/cluster-end.js';
import { ownConnection, serverFactsOf } from './jetstream/connection.js';
import { judgeBy } from './jetstream/judge.js';
import { NatsPlace } from './jetstream/nats-place.js';
import { Patience } from './jetstream/patience.js';
import { connectionRefusal } from './jetstream/server-checks.js';
import { FolderEnd } from './lowdb/folder-end.js';
import { lockStore } from './lowdb/store-lock.js';

/** An end of a move, held until it is closed. */
export interface OpenedEnd<End> {
  readonly end: End;
  readonly close: () => Promise<void>;
}

/** The store of a cluster, and whether its servers would do for a store. */
export interface OpenedCluster extends OpenedEnd<ClusterEnd> {
  /** Throws `HeadframeError` where they would not; nothing is made. */
  readonly judge: () => Promise<void>;
}

const MESSAGE_BYTES = 1024 * 1024;

/** Opens a folder's store for a move, and locks it. Throws `HeadframeError` (failed_precondition, 'store_locked'). */
export async function openFolderEnd(folder: string): Promise<OpenedEnd<FolderEnd>> {
  await nodeDisk.makeFolder(folder);
  const lock = await lockStore(nodeDisk, folder, systemProcesses());
  return { end: new FolderEnd(folder), close: () => lock.release() };
}

/**
 * Connects to the store of the configured cluster, for a move or to read it. Throws `HeadframeError`, with nothing left open: for
 * settings without servers, and for servers that do not answer, refuse or are unfit.
 */
export async function openClusterEnd(
  { store }: Pick<CoordinatorConfig, 'store'>,
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<OpenedCluster> {
  const { servers, cluster, replicas, credentialsFile, commitTimeoutMs: patienceMs, ...rest } = store.jetstream;
  if (servers === undefined) throw noServersError();
  const { caFile, certificateFile, keyFile, monitorUrls, acceptDurability } = rest;
  const tls = { caFile, certificateFile, keyFile };
  const source = ownConnection({ servers, name: 'headframe-store-move', credentialsFile, tls, logger });
  const connection = await source.open();
  const judge = judgeBy({ monitorUrls, replicas, acceptDurability, ...tls }, logger);
  const facts = serverFactsOf(connection);
  const refusal = connectionRefusal(facts, replicas);
  if (refusal !== undefined) {
    await source.close();
    throw refusal;
  }
  const patience = (): Patience => new Patience({ clock: systemClock, limitMs: patienceMs, signal });
  const check = async (connected: Parameters<typeof judge>[0]): Promise<void> => {
    await judge(connected);
  };
  const kept = { open: () => Promise.resolve(connection), close: () => source.close() };
  const place = new NatsPlace({ source: kept, cluster, replicas, check, messageBytes: MESSAGE_BYTES });
  const end = new ClusterEnd({
    ...{ cluster, mayLack: acceptDurability === 'async', clock: systemClock, newId: randomUUID, patienceMs, signal },
    find: () => place.find(patience),
    make: () => place.open(patience),
  });
  return { end, judge: () => check({ ...facts, holders: [] }), close: () => source.close() };
}

function noServersError(): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'setting_missing',
    message: 'store.jetstream.servers is not set, and a side of this is in NATS',
    remedy: 'Name the NATS servers in store.jetstream.servers; store.kind may be what it is.',
    metadata: { field: 'store.jetstream.servers' },
  });
}
