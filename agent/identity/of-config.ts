import { INSECURE_LOOPBACK, refuseOffLoopback } from '../../common/config/index.js';
import type { AgentConfig } from '../../common/config/index.js';
import { addressesOf } from '../../common/model/coordinator-route.js';
import { HeadframeError } from '../../common/model/error.js';
import { IdentityFolder } from './identity-folder.js';
import { Identity } from './identity.js';

type Settings = Pick<AgentConfig, 'coordinator' | 'dataDir' | 'security'>;

const DEFAULT_COORDINATOR = '127.0.0.1:7700';

/** The coordinator that is meant, or several with commas: as set, else the one that this host has joined, else one on this machine. */
export async function coordinatorOf({ coordinator, dataDir }: Settings): Promise<string> {
  return coordinator ?? (await new IdentityFolder(dataDir).coordinator()) ?? DEFAULT_COORDINATOR;
}

/** Where a host has joined with a certificate that is still good; undefined otherwise, as for an identity that is damaged. */
export async function joinedAt(dataDir: string, nowMs: number): Promise<string | undefined> {
  const identity = await Identity.open(dataDir).catch(() => undefined);
  return identity !== undefined && nowMs < identity.validity().toMs ? identity.coordinator : undefined;
}

/** Whether a host has joined, whatever has become of its certificate. Throws what `Identity.open` throws. */
export async function hasIdentity(dataDir: string): Promise<boolean> {
  return (await Identity.open(dataDir)) !== undefined;
}

/**
 * What the agent proves itself with; undefined when it is to speak in clear. Throws `HeadframeError` (failed_precondition):
 * 'not_joined' for a host that has not joined, 'plaintext_refused' for plaintext to another machine; and what
 * `Identity.open` throws.
 */
export async function openIdentity(settings: Settings): Promise<Identity | undefined> {
  if (settings.security.mode === 'plaintext') {
    for (const address of addressesOf(await coordinatorOf(settings)))
      refuseOffLoopback({ path: 'coordinator', address });
    return undefined;
  }
  const identity = await Identity.open(settings.dataDir);
  if (identity !== undefined) return identity;
  throw new HeadframeError({
    code: 'failed_precondition',
    reason: 'not_joined',
    message: `this host has not joined a fleet: there is no identity in ${settings.dataDir}`,
    remedy:
      'Run headframe token create where the fleet is steered, and the line that it prints here, with the --data-dir of this ' +
      'agent: headframe agent join --coordinator HOST:PORT --token ID.SECRET --authority sha256:DIGEST. ' +
      `A coordinator on this machine that was started with ${INSECURE_LOOPBACK.flag} wants it here, too.`,
  });
}
