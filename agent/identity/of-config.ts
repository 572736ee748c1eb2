import type { AgentConfig } from '../../common/config/index.js';
import { HeadframeError } from '../../common/model/error.js';
import { IdentityFolder } from './identity-folder.js';
import { Identity } from './identity.js';

type Settings = Pick<AgentConfig, 'coordinator' | 'dataDir' | 'security'>;

const DEFAULT_COORDINATOR = '127.0.0.1:7700';

/** The coordinator that is meant: as set, else the one that this host has joined, else one on this machine. */
export async function coordinatorOf({ coordinator, dataDir }: Settings): Promise<string> {
  return coordinator ?? (await new IdentityFolder(dataDir).coordinator()) ?? DEFAULT_COORDINATOR;
}

/**
 * What the agent proves itself with; undefined when it is to speak in clear. Throws `HeadframeError`
 * (failed_precondition, 'not_joined') where TLS is demanded of a host that has not joined, and what `Identity.open` throws.
 */
export async function openIdentity({ security, dataDir }: Settings): Promise<Identity | undefined> {
  if (security.mode === 'plaintext') return undefined;
  const identity = await Identity.open(dataDir);
  if (identity !== undefined || security.mode === undefined) return identity;
  throw new HeadframeError({
    code: 'failed_precondition',
    reason: 'not_joined',
    message: 'this host has not joined a fleet',
    remedy: 'Run the line that headframe token create prints.',
  });
}
