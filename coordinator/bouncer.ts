import type { CoordinatorConfig } from '../common/config/index.js';
import type { Clock } from '../common/model/clock.js';
import type { RpcServerOptions } from '../common/rpc/index.js';
import { CallerLimiter, createAuthorize, createPermit, knowCoordinators } from './security/index.js';
import type { RefusalRecord, Security } from './security/index.js';

/** Who lets calls and connections in, and notes those that are not. */
export function bouncerOf(
  { limits }: CoordinatorConfig,
  security: Security | undefined,
  { clock, refusals }: { readonly clock: Clock; readonly refusals: RefusalRecord },
): Pick<RpcServerOptions, 'onRefused' | 'authorize' | 'permit' | 'coordinatorOf'> {
  const onRefused = refusals.connection;
  const coordinatorOf = knowCoordinators(security?.authority);
  if (security === undefined) return { onRefused, coordinatorOf };
  const { credentials } = security;
  const authorize = createAuthorize({
    authority: credentials,
    isRevoked: (serial) => credentials.isRevoked(serial),
    bearer: (shown, peer) => credentials.bearer(shown, peer),
    onRefused: refusals.log,
  });
  const permit = createPermit({ limiter: new CallerLimiter(clock, limits.callers), onRefused: refusals.log });
  return { onRefused, authorize, permit, coordinatorOf };
}
