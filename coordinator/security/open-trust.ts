import { hostname } from 'node:os';
import { join } from 'node:path';
import type { CoordinatorConfig } from '../../common/config/index.js';
import { splitAddress } from '../../common/model/address.js';
import type { Clock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';
import {
  FolderPlace,
  Protector,
  adoptAuthority,
  findProtection,
  issueServerCertificates,
  openAuthority,
} from './authority/index.js';
import type { Authority, AuthorityPlace, ServerCertificates } from './authority/index.js';
import { AuthorityFollower } from './authority-follower.js';

/** What trust takes from the process. */
export interface TrustParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** `$CREDENTIALS_DIRECTORY` of systemd. */
  readonly credentialsFolder?: string | undefined;
  /** Where the coordinators of a cluster have their one authority; without it a coordinator has its own, in its folder. */
  readonly authorityPlace?: AuthorityPlace | undefined;
}

/** By what a coordinator is known, and knows others: all that it takes to serve mutual TLS, whether it leads or not. */
export interface Trust {
  readonly authority: Authority;
  readonly protector: Protector;
  /** Its own certificates; renewed while their loop runs. */
  readonly certificates: ServerCertificates;
  /** What has to run: it takes over what other coordinators do to the authority. */
  readonly loops: readonly { start(signal: AbortSignal): Promise<void> }[];
}

/** Folder in the coordinator's data folder. */
export const AUTHORITY_FOLDER = 'authority';

/**
 * Opens the authority, made at the first start, or that of the cluster; undefined where the coordinator serves in clear. Throws
 * `HeadframeError`; failed_precondition, 'protector_not_shared', in a cluster without a key that all of it can have.
 */
export async function openTrust(
  { security, dataDir, listen, http, advertise }: CoordinatorConfig,
  { clock, logger, credentialsFolder, authorityPlace }: TrustParts,
): Promise<Trust | undefined> {
  if (security.mode === 'plaintext') return undefined;
  const { keyFile, passphraseFile, lives, ownAuthority: own } = security;
  const folder = join(dataDir, AUTHORITY_FOLDER);
  const ownKey = authorityPlace === undefined ? 'made' : 'refused';
  const protection = await findProtection({ credentialsFolder, keyFile, passphraseFile, folder, logger, ownKey });
  const protector = new Protector(protection);
  const ofFolder = new FolderPlace(folder);
  if (authorityPlace !== undefined && (await adoptAuthority(ofFolder, authorityPlace, protector)))
    logger.info({ from: folder, to: authorityPlace.whereIs('authority') }, 'the cluster takes over this authority');
  const place: AuthorityPlace = authorityPlace ?? ofFolder;
  const authority = await openAuthority({ place, protector, clock, lives, own });
  const called = [listen, http.listen, advertise].filter((address) => address !== undefined);
  const names = namesOf(called, security.names);
  const certificates = await issueServerCertificates({ authority, names, clock, lifeMs: lives.serverMs });
  logger.info({ names, authority: authority.digest }, 'every call goes over mutual TLS');
  const { shared } = place;
  const follower = shared && new AuthorityFollower({ place: shared, authority, certificates, clock, logger });
  return { authority, protector, certificates, loops: [certificates, ...(follower === undefined ? [] : [follower])] };
}

/** By which it is called: what it was told, what it listens at and tells others, and this machine's own names. */
function namesOf(listens: readonly string[], told: readonly string[]): string[] {
  const hosts = listens
    .map((listen) => splitAddress(listen).host)
    .filter((host) => host !== '0.0.0.0' && host !== '::');
  return [...new Set([...told, ...hosts, hostname(), 'localhost', '127.0.0.1', '::1'])];
}
