import type { CoordinatorConfig } from '../../common/config/index.js';
import { nodeDisk, systemProcesses } from '../../common/disk/index.js';
import type { Lock } from '../../common/disk/index.js';
import { systemClock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import type { Logger } from '../../common/observe/logger.js';
import { ownConnection } from './jetstream/connection.js';
import type { WriteRefusal } from './jetstream/write-refusal.js';
import { openLogStore } from './jetstream/jetstream-store.js';
import { openJetStreamTail } from './jetstream/jetstream-tail.js';
import { askEach } from './jetstream/monitor.js';
import { NatsPlace } from './jetstream/nats-place.js';
import { settingsOf } from './jetstream/options.js';
import type { NatsSource } from './jetstream/options.js';
import { clusterSide } from './jetstream/cluster-end.js';
import { judgeBy } from './jetstream/judge.js';
import type { ConnectedFacts } from './jetstream/server-checks.js';
import { ServerWatch } from './jetstream/server-watch.js';
import type { WitnessPlace } from './jetstream/witness.js';
import { openLowdbStore } from './lowdb/lowdb-store.js';
import { folderStanding } from './lowdb/move-standing.js';
import { lockStore } from './lowdb/store-lock.js';
import type { Store, StoreCommit, StoredFleet } from './store.js';
import type { StoreTail } from './tail.js';

/** What is chosen by. */
type StoreConfig = Pick<CoordinatorConfig, 'dataDir' | 'store'>;

/** A store, and what is to be said of it for as long as it is open. */
export interface OpenedStore {
  readonly store: Store;
  /** By what acknowledged changes may be lost; undefined for nothing, and until the store is loaded. */
  readonly mayLose: () => string | undefined;
  /** Watches the servers that hold it, once it is loaded; undefined for one in files. */
  readonly servers?: ServerWatch;
}

/** What a store that others share is told. */
interface SharedTerms {
  /** Asked right before it writes. */
  readonly refusal?: WriteRefusal;
  /** Where it is noted how far its journal goes. */
  readonly witness?: WitnessPlace;
}

/** Chooses the store that the operator asks for; nothing is touched before it is loaded. */
export function openStore(config: StoreConfig, logger: Logger, terms: SharedTerms = {}): OpenedStore {
  if (config.store.kind === 'lowdb')
    return { store: openLowdbStore(config.dataDir, { logger }), mayLose: () => undefined };
  const { cluster, replicas, commitTimeoutMs, monitorUrls, acceptDurability } = config.store.jetstream;
  const { caFile, certificateFile, keyFile } = config.store.jetstream;
  const files = { caFile, certificateFile, keyFile };
  const judge = judgeBy({ monitorUrls, replicas, acceptDurability, ...files }, logger);
  const check = async (connected: ConnectedFacts): Promise<void> => {
    servers.begin(await judge(connected));
  };
  const source = connectionOf(config, 'headframe-coordinator-store', logger);
  const settings = settingsOf({ ...terms, syncMs: () => servers.syncMs, commitTimeoutMs, logger });
  const place = new NatsPlace({ source, cluster, replicas, check, messageBytes: settings.messageBytes });
  const servers = new ServerWatch({
    ...{ monitorUrls, logger, clock: systemClock },
    ask: (urls) => askEach(urls, files),
    standing: () => place.standing(),
  });
  const store = new FolderGuarded(openLogStore(place, settings), config.dataDir, cluster);
  return { store, mayLose: () => servers.mayLose, servers };
}

/** Follows the store that a cluster of coordinators shares; nothing is asked before it runs. */
export function openStoreTail(config: StoreConfig, logger: Logger): StoreTail {
  const source = connectionOf(config, 'headframe-coordinator-tail', logger);
  return openJetStreamTail({ source, cluster: config.store.jetstream.cluster, logger });
}

function connectionOf({ store }: StoreConfig, name: string, logger: Logger): NatsSource {
  const { servers = '', credentialsFile, caFile, certificateFile, keyFile } = store.jetstream;
  return ownConnection({ servers, name, credentialsFile, tls: { caFile, certificateFile, keyFile }, logger });
}

/** A store elsewhere, whose coordinator has a folder all the same: one at a time, and none that holds a fleet already. */
class FolderGuarded implements Store {
  readonly #store: Store;
  readonly #folder: string;
  readonly #cluster: string;
  #lock: Lock | undefined;

  constructor(store: Store, folder: string, cluster: string) {
    this.#store = store;
    this.#folder = folder;
    this.#cluster = cluster;
  }

  async load(): Promise<StoredFleet> {
    await nodeDisk.makeFolder(this.#folder);
    this.#lock = await lockStore(nodeDisk, this.#folder, systemProcesses());
    try {
      if (await holdsOtherFleet(this.#folder, this.#cluster)) throw fleetHereError(this.#folder);
      return await this.#store.load();
    } catch (thrown) {
      await this.#release();
      throw thrown;
    }
  }

  commit(commit: StoreCommit, epoch: number): Promise<void> {
    return this.#store.commit(commit, epoch);
  }

  async close(): Promise<void> {
    await this.#store.close();
    await this.#release();
  }

  async #release(): Promise<void> {
    const lock = this.#lock;
    this.#lock = undefined;
    // One that stays is taken over by the next start.
    await lock?.release().catch(() => undefined);
  }
}

/** Whether files of a fleet lie there, but for what was moved into that cluster, or began to come from there. */
async function holdsOtherFleet(folder: string, cluster: string): Promise<boolean> {
  const standing = await folderStanding(nodeDisk, folder);
  if (!('mark' in standing)) return standing.state === 'open';
  const { where } = clusterSide(cluster);
  return (standing.state === 'moved' ? standing.mark.to : standing.mark.from).where !== where;
}

function fleetHereError(folder: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'store_elsewhere',
    message: `store.kind is jetstream, but ${folder} holds a fleet of the embedded store`,
    remedy:
      'Set store.kind back to lowdb; to begin a new fleet, move the journal-* and snapshot-* files of that folder aside.',
    metadata: { file: folder },
  });
}
