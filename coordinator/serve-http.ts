import { refuseOffLoopback } from '../common/config/index.js';
import type { CoordinatorConfig } from '../common/config/index.js';
import type { Clock } from '../common/model/clock.js';
import type { Logger } from '../common/observe/logger.js';
import type { RpcServer } from '../common/rpc/index.js';
import type { ModelDesk } from './api/index.js';
import type { Closers } from './closers.js';
import type { FleetPort } from './fleet/port.js';
import { openGateway } from './gateway/index.js';
import type { RefusalRecord, Security } from './security/index.js';

/** What HTTP stands on. */
interface HttpParts {
  readonly server: RpcServer;
  readonly fleet: FleetPort;
  readonly security: Security | undefined;
  readonly refusals: RefusalRecord;
  readonly models: ModelDesk;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Of Headframe. */
  readonly version: string;
  readonly logger: Logger;
}

/** Requests under way have this long to be answered when the coordinator stops, in milliseconds. */
const STOP_GRACE_MS = 2_000;

/** Serves HTTP where the configuration says so; answers `host:port`. Throws `HeadframeError`. */
export async function serveHttp(
  { http, vms, router, security: { mode }, limits, leases }: CoordinatorConfig,
  { server, fleet, security, refusals, models, clock, newId, version, logger }: HttpParts,
  closers: Closers,
): Promise<string | undefined> {
  if (http.listen === undefined) return undefined;
  if (mode === 'plaintext') refuseOffLoopback({ path: 'http.listen', address: http.listen });
  const gateway = await openGateway(
    {
      ...{ calls: server.local, fleet, clock, newId, limits: limits.connections, startedAtMs: clock.nowMs(), version },
      leaseImage: leases.image,
      models,
      source: security?.certificates,
      onRefused: refusals.connection,
      onUnforeseen: ({ error, method, requestId, peer }) => {
        logger.error({ err: error, method, request: requestId, peer }, 'a request failed unforeseen');
      },
    },
    { ...http, listen: http.listen, questionBytes: router.requestBytes, vms },
  );
  closers.add(() => gateway.close(STOP_GRACE_MS));
  server.takeConnections((connection) => {
    gateway.take(connection);
  });
  return gateway.address;
}
