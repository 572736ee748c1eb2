import { request as requestInClear } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as requestSecurely } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../../common/model/clock.js';
import { HeadframeError } from '../../../common/model/error.js';
import type { Reply, Silence } from './reply.js';

/** What a model is asked. */
export interface ModelAsk {
  readonly url: URL;
  readonly verb: 'GET' | 'POST';
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes the connection in the place of the URL's host, which then is but a name. */
  readonly connect?: (signal: AbortSignal) => Promise<Duplex>;
}

/** How long a model may take, and what ends the asking before. */
export interface AskTerms {
  readonly clock: Pick<Clock, 'setTimer' | 'monotonicMs'>;
  /** To the last byte of its answer, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Larger answers are not read to their end, in bytes. */
const MOST_BYTES = 2 ** 20;

/** What is thrown where an answer is given up. */
class GivenUp extends Error {
  readonly why: Silence;

  constructor(why: Silence, text: string) {
    super(text);
    this.why = why;
  }
}

/**
 * Asks a model once: no redirect is followed, nothing is unpacked, and neither one that hangs nor one that speaks for ever takes
 * more than its time and 1 MiB. Rejects with the signal's reason alone; whatever the model does is a reply.
 */
export async function askModel(ask: ModelAsk, { clock, timeoutMs, signal }: AskTerms): Promise<Reply> {
  signal.throwIfAborted();
  const startedMs = clock.monotonicMs();
  const tookMs = (): number => Math.round(clock.monotonicMs() - startedMs);
  const over = new AbortController();
  const end = (): void => {
    over.abort(signal.reason);
  };
  signal.addEventListener('abort', end, { once: true });
  const late = new GivenUp('timeout', `no whole answer within ${String(timeoutMs)} ms`);
  const stop = clock.setTimer(() => {
    over.abort(late);
  }, timeoutMs);
  let stream: Duplex | undefined;
  try {
    stream = await ask.connect?.(over.signal);
    const response = await send(ask, stream, over.signal);
    const body = await readAll(response, over.signal);
    return { kind: 'answer', status: response.statusCode ?? 0, body, tookMs: tookMs() };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'silence', ...silenceOf(over.signal.aborted ? over.signal.reason : error), tookMs: tookMs() };
  } finally {
    stop();
    signal.removeEventListener('abort', end);
    over.abort();
    stream?.destroy();
  }
}

function send(
  { url, verb, body, headers: own }: ModelAsk,
  stream: Duplex | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestSecurely : requestInClear;
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const headers = { accept: 'application/json', 'accept-encoding': 'identity', ...type, ...own };
  const way = stream === undefined ? { agent: false } : { createConnection: () => stream };
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      { method: verb, headers: { host: url.host, ...headers, connection: 'close' }, ...way, signal },
      resolve,
    );
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Leaving the loop ends the connection. */
async function readAll(response: IncomingMessage, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // A stream without an encoding yields buffers.
  for await (const chunk of response as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new GivenUp('too_large', `an answer of more than ${String(MOST_BYTES)} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function silenceOf(error: unknown): { readonly why: Silence; readonly text: string } {
  if (error instanceof GivenUp) return { why: error.why, text: error.message };
  // Of the way to a replica: says in its own words what is wrong with it.
  if (error instanceof HeadframeError) return { why: 'unreachable', text: error.message };
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no answer';
  const isBegun = code === 'ECONNRESET' || code.startsWith('HPE_');
  return { why: isBegun ? 'broken_off' : 'unreachable', text: `no answer (${code})` };
}
