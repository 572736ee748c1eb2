import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ADMIN_FOLDER } from '../../common/config/index.js';
import type { CoordinatorConfig } from '../../common/config/index.js';
import type { Clock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';
import type { Authority, ServerCertificates } from './authority/index.js';
import type { FleetPort } from '../fleet/port.js';
import { Credentials, JoinLimiter } from './credentials/index.js';
import { SecretKeys, Secrets } from './secrets/index.js';
import { keepAdminIdentity } from './admin-identity.js';
import { SigningKey } from './signing/index.js';
import { ProbeKey, UserAuthority } from './ssh/index.js';
import type { Trust } from './open-trust.js';
import { Rotation } from './rotation/index.js';

/** What security works with. */
export interface SecurityParts {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a coordinator with mutual TLS stands on. */
export interface Security {
  readonly authority: Authority;
  /** Tokens, and the certificates that they bring. */
  readonly credentials: Credentials;
  /** What is sealed by the same as the authority. */
  readonly secrets: Secrets;
  /** By which packages of modules are signed; sealed likewise. */
  readonly signing: SigningKey;
  /** Who certifies SSH users, and the key of probes; sealed likewise. */
  readonly ssh: { readonly users: UserAuthority; readonly probe: ProbeKey };
  /** How the authority is replaced. */
  readonly rotation: Rotation;
  /** The coordinator's own certificates; renewed while its loop runs. */
  readonly certificates: ServerCertificates;
  /** Of its trust. */
  readonly loops: Trust['loops'];
}

/** What a coordinator that leads does with its trust; undefined where it serves in clear. Throws `HeadframeError`. */
export async function openSecurity(
  { security, dataDir }: Pick<CoordinatorConfig, 'security' | 'dataDir'>,
  trust: Trust | undefined,
  { fleet, clock, logger }: SecurityParts,
): Promise<Security | undefined> {
  if (trust === undefined) return undefined;
  const { authority, protector, certificates, loops } = trust;
  const { rejoinWindowMs } = security;
  const limiter = new JoinLimiter(clock);
  const credentials = new Credentials({ fleet, authority, limiter, clock, random: randomBytes, rejoinWindowMs });
  const admin = { authority, credentials, fleet, nowMs: clock.nowMs(), logger };
  await keepAdminIdentity(join(dataDir, ADMIN_FOLDER), admin);
  const secrets = new Secrets(fleet, await SecretKeys.open(fleet, protector));
  const rotation = new Rotation({ authority, certificates, fleet, clock, logger, rejoinWindowMs });
  const signing = new SigningKey(fleet, protector);
  const ssh = { users: new UserAuthority(fleet, protector), probe: new ProbeKey(fleet, protector) };
  return { authority, credentials, secrets, signing, ssh, rotation, certificates, loops };
}
