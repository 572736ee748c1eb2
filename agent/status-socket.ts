import { unlink } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { Server } from 'node:http';
import { resolve } from 'node:path';
import { HeadframeError } from '../common/model/error.js';
import type { AgentStatus } from './agent-parts.js';

const ANSWER_TIMEOUT_MS = 5_000;
const LARGEST_ANSWER_BYTES = 64 * 2 ** 20;

/** What Linux takes for the path of a socket, less the zero byte at its end: unix(7). */
const LONGEST_PATH_BYTES = 107;

/** Where an agent with this data folder tells its status. */
function statusSocketPath(dataDir: string): string {
  const path = resolve(dataDir, 'agent.sock');
  if (Buffer.byteLength(path) <= LONGEST_PATH_BYTES) return path;
  throw new HeadframeError({
    code: 'failed_precondition',
    reason: 'path_too_long',
    message: `${path} is too long for a socket, whose path may have ${String(LONGEST_PATH_BYTES)} bytes`,
    remedy: 'Choose a data folder with a shorter path: --data-dir.',
  });
}

/**
 * Tells the agent's status to who may open its socket: the user it runs as. Returns what ends that.
 * Throws `HeadframeError` (failed_precondition, 'path_too_long') for a data folder whose path is too long.
 */
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
    new Promise((done) => {
      server.close(() => {
        done();
      });
      server.closeAllConnections();
    });
}

/** Asks the agent with this data folder. Throws `HeadframeError`: unavailable when none answers, or as `serveStatus` does. */
export async function readStatus(dataDir: string): Promise<AgentStatus> {
  const socketPath = statusSocketPath(dataDir);
  return new Promise((done, reject) => {
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
        try {
          // An agent of the same installation wrote it.
          done(JSON.parse(Buffer.concat(chunks).toString('utf8')) as AgentStatus);
        } catch (error) {
          refuse(error);
        }
      });
    });
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.on('error', refuse);
    call.end();
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((done, reject) => {
    // Stays: a server that cannot take a caller, for want of descriptors, says so by an event that would end the process.
    server.on('error', reject);
    server.listen(path, () => {
      done();
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
