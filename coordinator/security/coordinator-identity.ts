import type { Clock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';
import type { CertificateSource, CoordinatorOf } from '../../common/rpc/index.js';
import { issueServerCertificates } from './authority/index.js';
import type { Authority } from './authority/index.js';
import type { Trust } from './open-trust.js';

/** Whose identity it is, and how long it is good. */
export interface CoordinatorIdentityTerms {
  /** `host:port` at which the others know it. */
  readonly name: string;
  /** In milliseconds. */
  readonly lifeMs: number;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn'>;
}

/**
 * By which a coordinator proves to another that it is one of the fleet. Its key is new at each start and never written down; it is
 * renewed together with the server's certificate, and so before it ends and when the authority was replaced.
 */
export async function issueCoordinatorIdentity(
  { authority, certificates }: Pick<Trust, 'authority' | 'certificates'>,
  { name, lifeMs, clock, logger }: CoordinatorIdentityTerms,
): Promise<CertificateSource> {
  const issuer = { issueServer: () => authority.issueCoordinator(name) };
  const identity = await issueServerCertificates({ authority: issuer, names: [name], clock, lifeMs });
  certificates.onChange(() => {
    identity.renew().catch((error: unknown) => {
      logger.warn({ err: error }, 'the identity among coordinators could not be renewed; the one before goes on');
    });
  });
  return identity;
}

/** Knows coordinators of the fleet by their certificates; in clear whoever says so is one, for only this machine is served. */
export function knowCoordinators(authority: Pick<Authority, 'coordinatorOf'> | undefined): CoordinatorOf {
  if (authority === undefined) return () => 'another coordinator';
  return (certificate) => certificate && authority.coordinatorOf(certificate);
}
