import type { CoordinatorConfig } from '../../common/config/index.js';
import type { Clock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';
import { connectionRefusal, ownConnection, serverFactsOf } from '../store/index.js';
import { openShared } from './open-shared.js';
import type { Shared } from './open-shared.js';

/** What a coordinator shares with others, and what lets go of it. */
export interface OpenedShared {
  readonly parts: Shared;
  close(): Promise<void>;
}

/**
 * Opens what a coordinator whose store is in NATS shares with others there; undefined where the store is its own. Throws
 * `HeadframeError`, with nothing left open: for servers that do not answer, refuse, or are unfit, and as `openShared` does.
 */
export async function openSharedOf(
  { store, modules }: Pick<CoordinatorConfig, 'store' | 'modules'>,
  { logger, clock, signal }: { readonly logger: Logger; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<OpenedShared | undefined> {
  if (store.kind === 'lowdb') return undefined;
  const { servers = '', cluster, replicas, credentialsFile, caFile, certificateFile, keyFile } = store.jetstream;
  const tls = { caFile, certificateFile, keyFile };
  const name = 'headframe-coordinator-shared';
  const source = ownConnection({ servers, name, credentialsFile, tls, logger });
  const connection = await source.open();
  try {
    const refusal = connectionRefusal(serverFactsOf(connection), replicas);
    if (refusal !== undefined) throw refusal;
    const parts = await openShared(connection, { cluster, replicas, contentBytes: modules.cacheBytes, clock, signal });
    return { parts, close: () => source.close() };
  } catch (error) {
    await source.close();
    throw error;
  }
}
