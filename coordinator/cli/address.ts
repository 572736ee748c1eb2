import { chooseTarget, clientConfigPath, readClientConfig } from '../../common/config/index.js';
import type { ClientTarget } from '../../common/config/index.js';
import type { GlobalOptions } from './global-options.js';
import type { World } from './world.js';

/** Where the user's configuration lies. */
export function configPath({ env, home }: World): string {
  return clientConfigPath(env, home);
}

/** The coordinator that is meant, and the identity to show it. Throws what `readClientConfig` and `chooseTarget` throw. */
export async function findTarget({ address, context, identity }: GlobalOptions, world: World): Promise<ClientTarget> {
  return chooseTarget(await readClientConfig(configPath(world)), { address, context, identity, env: world.env });
}
