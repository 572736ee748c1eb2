import { randomBytes } from 'node:crypto';
import type { CoordinatorConfig } from '../../common/config/index.js';
import type { Clock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';
import type { Authorize, RpcServerOptions } from '../../common/rpc/index.js';
import {
  CallerLimiter,
  Credentials,
  JoinLimiter,
  RefusalLog,
  createAuthorize,
  createPermit,
} from '../security/index.js';
import type { Trust } from '../security/index.js';
import type { Follower } from './follower.js';

/** What letting in takes. */
export interface AdmissionParts {
  readonly trust: Trust;
  readonly follower: Follower | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly refusal: () => Error;
}

/**
 * Who lets calls in where nobody leads: those that the follower answers by the records, as one that leads would; others, which tell
 * nothing of the fleet, by certificate, and whoever cannot be known so is told who leads.
 */
export function admissionOf(
  { limits, security }: Pick<CoordinatorConfig, 'limits' | 'security'>,
  { trust, follower, clock, logger, refusal }: AdmissionParts,
): Pick<RpcServerOptions, 'authorize' | 'permit'> {
  const { authority } = trust;
  const isRevoked = (serial: string): boolean => follower?.fleet?.credential(serial)?.revokedAtMs !== undefined;
  const onRefused = new RefusalLog(logger, clock).note;
  const limiter = new JoinLimiter(clock);
  const { rejoinWindowMs } = security;
  const strict = createAuthorize({
    ...{ authority, isRevoked, onRefused },
    bearer: (shown, peer) => {
      const fleet = follower?.fleet;
      if (fleet === undefined) throw refusal();
      const parts = { fleet, authority, limiter, clock, random: randomBytes, rejoinWindowMs };
      const verdict = new Credentials(parts).bearer(shown, peer);
      // It may have been made so lately that it was not heard of here.
      if ('refused' in verdict && verdict.refused === 'token_unknown') throw refusal();
      return verdict;
    },
  });
  const lenient = createAuthorize({ authority, isRevoked, onRefused: () => undefined });
  const authorize: Authorize = (request) => {
    if (follower?.serves(request.method) === true) return strict(request);
    try {
      return lenient(request);
    } catch {
      throw refusal();
    }
  };
  const permit = createPermit({ limiter: new CallerLimiter(clock, limits.callers), onRefused });
  return {
    authorize,
    permit: (caller, request) =>
      follower?.serves(request.method) === true ? permit(caller, request) : () => undefined,
  };
}
