import { unlink } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { HeadframeError } from '../common/model/error.js';
import type { AgentStatus } from './agent.js';

const ANSWER_TIMEOUT_MS = 5_000;
const LARGEST_ANSWER_BYTES = 64 * 2 ** 20;

/** Where an agent with this data folder tells its status. */
function statusSocketPath(dataDir: string): string {
  return join(dataDir, 'agent.sock');
}

/** Tells the agent's status to who may open its socket: the user it runs as. Returns what ends that. */
export async function serveStatus(dataDir: string, status: () => AgentStatus): Promise<() => Promise<void>> {
  const path = statusSocketPath(dataDir);
  // Nobody answers on it: the lock on the folder is ours.
  await unlink(path).catch(() => undefined);
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(status()));
  });
  await listen(server, path);
  return () =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
}

/** Asks the agent with this data folder. Throws `HeadframeError` (unavailable) when none answers. */
export function readStatus(dataDir: string): Promise<AgentStatus> {
  const socketPath = statusSocketPath(dataDir);
  return new Promise((resolve, reject) => {
    const refuse = (cause: unknown): void => {
      reject(noAgent(dataDir, cause));
    };
    const call = request({ socketPath, path: '/status', timeout: ANSWER_TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > LARGEST_ANSWER_BYTES) response.destroy(new Error('the answer is too large'));
        else chunks.push(chunk);
      });
      response.on('error', refuse);
      response.on('end', () => {
        // An agent of the same installation wrote it.
        resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as AgentStatus);
      });
    });
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.on('error', refuse);
    call.end();
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      resolve();
    });
  });
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
