import { systemClock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';
import { keepNotified } from '../../common/service/index.js';
import type { AgentStatus } from '../agent-parts.js';

/** The process that is told of. */
export interface NotifiedParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
}

/** Tells systemd how an agent stands until the signal: ready from its first session on. */
export function keepAgentNotified(status: () => AgentStatus, parts: NotifiedParts, signal: AbortSignal): Promise<void> {
  const stand = () => {
    const { connected, coordinator, instances } = status();
    const session = connected ? `connected to ${coordinator}` : `waiting for the coordinator at ${coordinator}`;
    return { isReady: connected, text: `${session}, ${String(instances.length)} instances` };
  };
  return keepNotified({ ...parts, pid: process.pid, stand, clock: systemClock }, signal);
}
