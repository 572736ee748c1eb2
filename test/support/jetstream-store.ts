import { silentLogger } from '../../common/observe/logger.js';
import { openJetStreamStore, ownConnection } from '../../coordinator/store/index.js';
import type { JetStreamStoreOptions } from '../../coordinator/store/index.js';
import type { Store } from '../../coordinator/store/store.js';
import type { NatsCluster } from './nats-cluster.js';

/** A store of a test's servers, with a connection of its own. */
export function openOnCluster(nats: NatsCluster, cluster: string, options: Partial<JetStreamStoreOptions> = {}): Store {
  return openOnServers(nats.url, cluster, { replicas: nats.size, ...options });
}

/** The same on servers by their address; with one replica unless told otherwise. */
export function openOnServers(servers: string, cluster: string, options: Partial<JetStreamStoreOptions> = {}): Store {
  const source = ownConnection({ servers, name: 'test', logger: silentLogger });
  return openJetStreamStore({ source, cluster, replicas: 1, ...options });
}
