import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { COORDINATOR_ENV_PREFIX } from '../../common/config/coordinator-config.js';
import {
  ADMIN_FOLDER,
  DEFAULT_COORDINATOR_DATA_DIR,
  IDENTITY_FILES,
  INSECURE_LOOPBACK,
  chooseTarget,
  clientConfigPath,
  readClientConfig,
} from '../../common/config/index.js';
import type { ClientTarget } from '../../common/config/index.js';
import { HeadframeError } from '../../common/model/error.js';
import type { GlobalOptions } from './global-options.js';
import type { World } from './world.js';

/** Where the user's configuration lies. */
export function configPath({ env, home }: World): string {
  return clientConfigPath(env, home);
}

/**
 * The coordinator that is meant, and how to call it. Where nothing was said, that is the one of this machine, by the identity
 * that it made at its first start, if this user may read it. Throws what `readClientConfig` and `chooseTarget` throw, and
 * HeadframeError: unauthenticated, 'identity_missing'.
 */
export async function findTarget(globals: GlobalOptions, world: World): Promise<ClientTarget> {
  const { address, context, identity, tokenFile, authority, insecureLoopback } = globals;
  const choice = { address, context, identity, tokenFile, authority, insecureLoopback, env: world.env };
  const target = chooseTarget(await readClientConfig(configPath(world)), choice);
  const { bearer, isNamed } = target;
  if (target.insecureLoopback || target.identity !== undefined || bearer !== undefined) return target;
  const folder = localAdminFolder(world);
  if (!isNamed && (await isReadable(join(folder, IDENTITY_FILES.key)))) return { ...target, identity: folder };
  throw identityMissing(target, folder);
}

/** Where the coordinator of this machine leaves the identity of an admin. */
function localAdminFolder({ env }: World): string {
  const dataDir = env[`${COORDINATOR_ENV_PREFIX}DATA_DIR`] ?? '';
  return join(dataDir === '' ? DEFAULT_COORDINATOR_DATA_DIR : dataDir, ADMIN_FOLDER);
}

function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}

function identityMissing({ address, isNamed }: ClientTarget, folder: string): HeadframeError {
  const none = 'none is named by --identity, HEADFRAME_IDENTITY or a context';
  const local = isNamed ? '' : `, and this user can read none in ${folder}`;
  return new HeadframeError({
    code: 'unauthenticated',
    reason: 'identity_missing',
    message: `there is no identity to show the coordinator at ${address}: ${none}${local}`,
    remedy:
      'Log in by the line that headframe token create --role ROLE prints where the fleet is steered. On the machine of the ' +
      `coordinator DATA_DIR/${ADMIN_FOLDER} is one, for who may read it. A coordinator that was started with ${INSECURE_LOOPBACK.flag} wants it here, too.`,
  });
}
