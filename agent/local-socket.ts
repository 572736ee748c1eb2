import { unlink } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { HeadframeError } from '../common/model/error.js';

/** What is answered over a socket of this machine. */
export interface SocketAnswer {
  /** As in HTTP: 200 for what was asked for; of all others the value says why not. */
  readonly status: number;
  /** As JSON has it. */
  readonly value: unknown;
}

const LARGEST_ANSWER_BYTES = 64 * 2 ** 20;
/** What Linux takes for the path of a socket, less the zero byte at its end: unix(7). */
const LONGEST_PATH_BYTES = 107;

/** Throws `HeadframeError` (failed_precondition, 'path_too_long'), with what to do, where a socket cannot have this path. */
export function checkSocketPath(path: string, remedy: string): void {
  if (Buffer.byteLength(path) <= LONGEST_PATH_BYTES) return;
  const most = String(LONGEST_PATH_BYTES);
  throw new HeadframeError({
    code: 'failed_precondition',
    reason: 'path_too_long',
    message: `${path} is too long for a socket, whose path may have ${most} bytes`,
    remedy,
  });
}

/**
 * Answers those who may open a socket: the user that this runs as. Returns what ends that. Nobody else may answer at the path; a lock
 * beside it is for the caller to hold.
 */
export async function serveSocket(
  path: string,
  answer: (target: string) => Promise<SocketAnswer>,
): Promise<() => Promise<void>> {
  await unlink(path).catch(() => undefined);
  const server = createServer((asked, response) => {
    void answer(asked.url ?? '').then(({ status, value }) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value ?? null));
    });
  });
  await new Promise<void>((done, reject) => {
    // Stays: one that cannot take a caller, for want of descriptors, says so by an event that would end the process.
    server.on('error', reject);
    server.listen(path, done);
  });
  return () =>
    new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
}

/** Asks who listens at a socket; gives the value of the answer. Rejects with what is in the way, or with why it is refused. */
export function askSocket(path: string, target: string, timeoutMs: number): Promise<unknown> {
  return new Promise((done, reject) => {
    const call = request({ socketPath: path, path: target, timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > LARGEST_ANSWER_BYTES) response.destroy(new Error('the answer is too large'));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        try {
          const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
          if (response.statusCode === 200) done(value);
          else reject(new Error(String(value)));
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.on('error', reject);
    call.end();
  });
}
