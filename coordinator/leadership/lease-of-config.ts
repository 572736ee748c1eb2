import type { CoordinatorConfig } from '../../common/config/index.js';
import type { Logger } from '../../common/observe/logger.js';
import { connectionRefusal, ownConnection, serverFactsOf } from '../store/index.js';
import type { LeaseBucket } from './lease-bucket.js';
import { NatsLeaseBucket } from './nats-bucket.js';

/** Where a coordinator keeps the lease of leadership, and what lets go of it. */
export interface OpenedLease {
  readonly bucket: LeaseBucket;
  close(): Promise<void>;
}

/**
 * Connects to where the coordinators of a cluster agree on who leads, apart from the store, whose commits the lease must not wait
 * behind. Throws `HeadframeError`, with nothing left open: for servers that do not answer, refuse, or are unfit for it.
 */
export async function openLeaseOf({ store }: Pick<CoordinatorConfig, 'store'>, logger: Logger): Promise<OpenedLease> {
  const { servers = '', cluster, replicas, credentialsFile, caFile, certificateFile, keyFile } = store.jetstream;
  const tls = { caFile, certificateFile, keyFile };
  const source = ownConnection({ servers, name: 'headframe-coordinator-leadership', credentialsFile, tls, logger });
  const connection = await source.open();
  const refusal = connectionRefusal(serverFactsOf(connection), replicas);
  if (refusal !== undefined) {
    await source.close();
    throw refusal;
  }
  const bucket = new NatsLeaseBucket(connection, { cluster, replicas });
  await bucket.spread().catch((error: unknown) => {
    logger.warn({ err: error, replicas }, 'on how many servers the lease of leadership is kept could not be seen to');
  });
  return { bucket, close: () => source.close() };
}
