import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ADMIN_FOLDER } from '../../common/config/index.js';
import type { CoordinatorConfig } from '../../common/config/index.js';
import { splitAddress } from '../../common/model/address.js';
import type { Clock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';
import { Protector, findProtection, issueServerCertificates, openAuthority } from './authority/index.js';
import type { Authority, ServerCertificates } from './authority/index.js';
import type { FleetPort } from '../fleet/port.js';
import { Credentials, JoinLimiter } from './credentials/index.js';
import { SecretKeys, Secrets } from './secrets/index.js';
import { keepAdminIdentity } from './admin-identity.js';
import { SigningKey } from './signing/index.js';
import { ProbeKey, UserAuthority } from './ssh/index.js';
import { Rotation } from './rotation/index.js';

/** What security takes from the process. */
export interface SecurityParts {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  readonly logger: Logger;
  /** `$CREDENTIALS_DIRECTORY` of systemd. */
  readonly credentialsFolder?: string | undefined;
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
}

/** Folder in the coordinator's data folder. */
const AUTHORITY_FOLDER = 'authority';

/** Opens the authority, made at the first start; undefined where the coordinator serves in clear. Throws `HeadframeError`. */
export async function openSecurity(
  { security, dataDir, listen, http }: CoordinatorConfig,
  { fleet, clock, logger, credentialsFolder }: SecurityParts,
): Promise<Security | undefined> {
  if (security.mode === 'plaintext') return undefined;
  const { keyFile, passphraseFile, lives, rejoinWindowMs, ownAuthority: own } = security;
  const folder = join(dataDir, AUTHORITY_FOLDER);
  const protection = await findProtection({ credentialsFolder, keyFile, passphraseFile, folder, logger });
  const protector = new Protector(protection);
  const authority = await openAuthority({ folder, protector, clock, lives, own });
  const names = namesOf([listen, ...(http.listen === undefined ? [] : [http.listen])], security.names);
  const certificates = await issueServerCertificates({ authority, names, clock, lifeMs: lives.serverMs });
  const limiter = new JoinLimiter(clock);
  const credentials = new Credentials({ fleet, authority, limiter, clock, random: randomBytes, rejoinWindowMs });
  const admin = { authority, credentials, fleet, nowMs: clock.nowMs(), logger };
  await keepAdminIdentity(join(dataDir, ADMIN_FOLDER), admin);
  const secrets = new Secrets(fleet, await SecretKeys.open(fleet, protector));
  logger.info({ names, authority: authority.digest }, 'every call goes over mutual TLS');
  const rotation = new Rotation({ authority, certificates, fleet, clock, logger, rejoinWindowMs });
  const signing = new SigningKey(fleet, protector);
  const ssh = { users: new UserAuthority(fleet, protector), probe: new ProbeKey(fleet, protector) };
  return { authority, credentials, secrets, signing, ssh, rotation, certificates };
}

/** By which it is called: what it was told, what it listens at, and this machine's own names. */
function namesOf(listens: readonly string[], told: readonly string[]): string[] {
  const hosts = listens
    .map((listen) => splitAddress(listen).host)
    .filter((host) => host !== '0.0.0.0' && host !== '::');
  return [...new Set([...told, ...hosts, hostname(), 'localhost', '127.0.0.1', '::1'])];
}
