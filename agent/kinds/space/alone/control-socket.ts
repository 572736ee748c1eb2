import { unlink } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HeadframeError, toHeadframeError } from '../../../../common/model/error.js';

/** What may be asked of a miner that runs, by method and path. */
export interface ControlHandlers {
  readonly status: () => unknown;
  /** Begins the end; the answer comes before it. */
  readonly stop: () => void;
  readonly plots: () => unknown;
  /** Looks into the folders again. */
  readonly look: () => Promise<unknown>;
  /** Takes a plot off the list; undefined where none has that id. */
  readonly remove: (plotId: string) => Promise<unknown>;
}

/** What is asked of a miner. */
export type ControlAsk =
  { readonly kind: 'status' | 'stop' | 'plots' | 'look' } | { readonly kind: 'remove'; readonly plotId: string };

/** What the miner knows, and what it has to look for on its disks. */
const [KNOWN_WITHIN_MS, LOOKED_WITHIN_MS] = [2000, 30_000];
const LARGEST_ANSWER_BYTES = 64 * 2 ** 20;
/** What Linux takes for the path of a socket, less the zero byte at its end: unix(7). */
const LONGEST_PATH_BYTES = 107;

/** Answers those who may open the socket: the user that the miner runs as. Returns what ends that. Throws 'path_too_long'. */
export async function serveControl(path: string, handlers: ControlHandlers): Promise<() => Promise<void>> {
  checkPath(path);
  // Nobody answers on it: the lock beside it is ours.
  await unlink(path).catch(() => undefined);
  const server = createServer((asked, response) => void answer(asked, response, handlers));
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

/** Asks the miner behind a socket. Throws 'space_miner_silent' where none answers. */
export async function askControl(path: string, ask: ControlAsk): Promise<unknown> {
  checkPath(path);
  const target = ask.kind === 'remove' ? `/remove/${encodeURIComponent(ask.plotId)}` : `/${ask.kind}`;
  const timeout = ask.kind === 'look' || ask.kind === 'remove' ? LOOKED_WITHIN_MS : KNOWN_WITHIN_MS;
  return new Promise((done, reject) => {
    const refuse = (cause: unknown): void => reject(silent(path, cause));
    const call = request({ socketPath: path, path: target, method: 'POST', timeout }, (response) => {
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
          const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
          if (response.statusCode === 200) done(value);
          else refuse(new Error(String(value)));
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

async function answer(asked: IncomingMessage, response: ServerResponse, handlers: ControlHandlers): Promise<void> {
  const [status, value] = await answerOf(asked.url ?? '', handlers).then(
    (given) => [200, given] as const,
    (error: unknown) => [500, toHeadframeError(error).message] as const,
  );
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value ?? null));
}

async function answerOf(target: string, handlers: ControlHandlers): Promise<unknown> {
  const [, kind = '', id = ''] = target.split('/');
  switch (kind) {
    case 'status':
      return handlers.status();
    case 'plots':
      return handlers.plots();
    case 'look':
      return handlers.look();
    case 'remove':
      return handlers.remove(decodeURIComponent(id));
    case 'stop':
      handlers.stop();
      return {};
    default:
      throw new Error(`nothing is known of ${target}`);
  }
}

function checkPath(path: string): void {
  if (Buffer.byteLength(path) <= LONGEST_PATH_BYTES) return;
  throw new HeadframeError({
    code: 'failed_precondition',
    reason: 'path_too_long',
    message: `${path} is too long for a socket, whose path may have ${String(LONGEST_PATH_BYTES)} bytes`,
    remedy: 'Put the file of settings into a folder with a shorter path.',
  });
}

function silent(path: string, cause: unknown): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'space_miner_silent',
    message: `no miner answers at ${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
    remedy: 'Wait a moment. If it stays so, end its process.',
    cause,
  });
}
