import { join } from 'node:path';
import type { CoordinatorConfig } from '../../common/config/index.js';
import type { Logger } from '../../common/observe/logger.js';
import { FolderPlace, Protector, checkAuthority, findProtection, moveAuthority } from './authority/index.js';
import type { AuthorityPlace } from './authority/index.js';
import { AUTHORITY_FOLDER } from './open-trust.js';

/** Which way an authority goes. */
export type AuthorityWay = 'toCluster' | 'toFolder';

/** The authority of a fleet that moves. */
export interface AuthorityMove {
  /** Carries it over; says whether there was one. Throws as `moveAuthority` does. */
  carry(): Promise<boolean>;
}

/**
 * Opens the authority of a fleet that moves between a coordinator's folder and a cluster; undefined for one that is served in clear.
 * Throws `HeadframeError` early, where the other side could not open what is sealed: failed_precondition, 'protector_not_shared' or
 * 'protector_wrong'.
 */
export async function openAuthorityMove(
  { security, dataDir }: Pick<CoordinatorConfig, 'security' | 'dataDir'>,
  { logger, credentialsFolder }: { readonly logger: Logger; readonly credentialsFolder: string | undefined },
  { place, way }: { readonly place: AuthorityPlace | undefined; readonly way: AuthorityWay },
): Promise<AuthorityMove | undefined> {
  if (security.mode === 'plaintext') return undefined;
  const { keyFile, passphraseFile } = security;
  const folder = join(dataDir, AUTHORITY_FOLDER);
  const sources = { credentialsFolder, keyFile, passphraseFile, folder, logger, ownKey: 'refused' } as const;
  const protector = new Protector(await findProtection(sources));
  const ofFolder = new FolderPlace(folder);
  const from = way === 'toCluster' ? ofFolder : place;
  if (from !== undefined) await checkAuthority(from, protector);
  return {
    carry: async () => {
      if (place === undefined) return false;
      return way === 'toCluster' ? moveAuthority(ofFolder, place) : moveAuthority(place, ofFolder);
    },
  };
}
