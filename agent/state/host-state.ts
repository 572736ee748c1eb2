import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { systemClock as clock } from '../../common/model/clock.js';
import { openAgentState } from './agent-state.js';
import type { AgentState } from './agent-state.js';

/** How a host's state is opened. */
interface HostStateOptions {
  /** Taken at the first start only; '' draws one. */
  readonly hostId: string;
  readonly onFailure: (error: unknown) => void;
}

/** Opens what the agent remembers, the host's id above all. Throws `HeadframeError` for a damaged state. */
export async function openHostState(dataDir: string, { hostId, onFailure }: HostStateOptions): Promise<AgentState> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  return openAgentState(dataDir, {
    newHostId: hostId === '' ? `host-${randomBytes(5).toString('hex')}` : hostId,
    setTimer: (fn, delayMs) => clock.setTimer(fn, delayMs),
    onFailure,
  });
}
