import { resolve } from 'node:path';
import { HeadframeError } from '../common/model/error.js';
import type { AgentStatus } from './agent-parts.js';
import { askSocket, checkSocketPath, serveSocket } from './local-socket.js';

const ANSWER_TIMEOUT_MS = 5_000;

/** Where an agent with this data folder tells its status. */
function statusSocketPath(dataDir: string): string {
  const path = resolve(dataDir, 'agent.sock');
  checkSocketPath(path, 'Choose a data folder with a shorter path: --data-dir.');
  return path;
}

/**
 * Tells the agent's status to who may open its socket: the user it runs as. Returns what ends that.
 * Throws `HeadframeError` (failed_precondition, 'path_too_long') for a data folder whose path is too long.
 */
export async function serveStatus(dataDir: string, status: () => AgentStatus): Promise<() => Promise<void>> {
  const path = statusSocketPath(dataDir);
  // The lock on the folder is ours.
  return serveSocket(path, () => Promise.resolve({ status: 200, value: status() }));
}

/** Asks the agent with this data folder. Throws `HeadframeError`: unavailable when none answers, or as `serveStatus` does. */
export async function readStatus(dataDir: string): Promise<AgentStatus> {
  const answer = await askSocket(statusSocketPath(dataDir), '/status', ANSWER_TIMEOUT_MS).catch((cause: unknown) => {
    throw noAgent(dataDir, cause);
  });
  // An agent of the same installation wrote it.
  return answer as AgentStatus;
}

function noAgent(dataDir: string, cause: unknown): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'agent_not_running',
    message: `no agent answers in ${dataDir}`,
    remedy: 'Start it with headframe agent start, or name its folder with --data-dir.',
    cause,
  });
}
