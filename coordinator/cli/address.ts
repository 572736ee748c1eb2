import { chooseAddress, clientConfigPath, readClientConfig } from '../../common/config/index.js';
import type { GlobalOptions } from './global-options.js';
import type { World } from './world.js';

/** Where the user's configuration lies. */
export function configPath({ env, home }: World): string {
  return clientConfigPath(env, home);
}

/** The coordinator's address that is meant. Throws what `readClientConfig` and `chooseAddress` throw. */
export async function findAddress({ address, context }: GlobalOptions, world: World): Promise<string> {
  return chooseAddress(await readClientConfig(configPath(world)), { address, context, env: world.env });
}
