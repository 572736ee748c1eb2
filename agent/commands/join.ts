import type { AgentConfig } from '../../common/config/index.js';
import { systemClock as clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import { coordinatorOf, joinFleet } from '../identity/index.js';
import { lockDataDir } from '../state/data-dir-lock.js';
import { openHostState } from '../state/host-state.js';

/** What `agent join` takes besides the configuration. */
export interface JoinFlags {
  readonly token: string;
  readonly authority: string;
  readonly again: boolean;
}

/** Joins a fleet and says so. Throws `HeadframeError` with the reason. */
export async function joinCommand(config: AgentConfig, flags: JoinFlags): Promise<string> {
  const authority = flags.authority.toLowerCase();
  if (!/^sha256:[0-9a-f]{64}$/.test(authority)) throw noDigest();
  const unlock = await lockDataDir(config.dataDir);
  try {
    const state = await openHostState(config.dataDir, { hostId: config.hostId ?? '', onFailure: () => undefined });
    await state.close();
    const coordinator = await coordinatorOf(config);
    await joinFleet({ ...flags, authority, coordinator }, { dataDir: config.dataDir, hostId: state.hostId, clock });
    return `host ${state.hostId} has joined ${coordinator}; start it: headframe agent start`;
  } finally {
    await unlock();
  }
}

function noDigest(): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'authority_invalid',
    message: 'the digest of the authority is not one',
    remedy: 'Copy the whole line that headframe token create prints: it ends in sha256: and 64 digits.',
  });
}
