import { refusalOf } from '../state/answer.js';
import type { Problem } from '../state/problem.js';
import { newId } from './browser.js';

/** A call that was refused, or that nobody answered (status 0). */
class CallError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** Calls the coordinator that the page is from. */
export interface Http {
  /** The JSON of the answer. Throws `CallError`. */
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  /** The JSON of the answer to a question that has a body and changes nothing. Throws `CallError`. */
  query<T>(path: string, body: object, signal?: AbortSignal): Promise<T>;
  /** Has something done once, however often the request is sent. Throws `CallError`. */
  send<T>(line: string, body?: object): Promise<T>;
  /** Sends a file as it is. Throws `CallError`. */
  upload<T>(path: string, file: Blob): Promise<T>;
  /** Has a model answer, as it comes and for as long as the signal lets it. Throws `CallError`. */
  ask(path: string, body: object, answering: Answering, signal: AbortSignal): Promise<void>;
}

/** Where the answer of a model goes. */
export interface Answering {
  /** It begins to answer. */
  readonly begin: (head: { readonly instance: string; readonly contentType: string }) => void;
  /** A piece of it; false for no more. */
  readonly take: (piece: string) => boolean;
}

/** A call has so long, in milliseconds. */
const CALL_MS = 40_000;
const UPLOAD_MS = 180_000;

/** What goes along with a call. */
interface Sent {
  readonly body?: object | undefined;
  readonly file?: Blob | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whether it changes something, and is to do so once. */
  readonly isKeyed?: boolean;
  /** What is taken, where it is not JSON alone. */
  readonly accept?: string;
  /** Milliseconds until it is given up; `Infinity` where the signal alone ends it. */
  readonly limitMs?: number;
}

/** In which forms models answer. */
const REPLIES = 'application/json, text/event-stream, application/x-ndjson, text/plain, */*;q=0.1';
const INSTANCE = 'headframe-instance';
const BROKEN_OFF: Problem = {
  ...{ status: 0, reason: 'model_reply_broken', detail: 'The answer has broken off: what there is of it is a part.' },
  remedy: 'The question may have been worked on: ask again only where that does no harm.',
};
/** Of what a model says instead of an answer, in characters. */
const MOST_REFUSAL = 4_000;

/** The token goes here and nowhere else; a change has a key, under which it is done once. */
function headersOf(
  { body, file, isKeyed = false, accept = 'application/json' }: Sent,
  token: string | undefined,
): Headers {
  const headers = new Headers({ accept });
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  if (body !== undefined) headers.set('content-type', 'application/json');
  if (file !== undefined) headers.set('content-type', 'application/octet-stream');
  if (isKeyed) headers.set('idempotency-key', newId());
  return headers;
}

/** Makes calls with a token in their header, where nothing but this page puts it; `onUnproven` is told when it is no longer good. */
export function createHttp(token: string | undefined, onUnproven: () => void): Http {
  const respond = async (line: string, sent: Sent): Promise<Response> => {
    const [method = 'GET', path = ''] = line.split(' ');
    const { body, file, signal, limitMs = CALL_MS } = sent;
    const limits = limitMs === Infinity ? [] : [AbortSignal.timeout(limitMs)];
    const headers = headersOf(sent, token);
    const init: RequestInit = {
      ...{ method, headers, credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer' },
      signal: AbortSignal.any(signal === undefined ? limits : [...limits, signal]),
      body: file ?? (body === undefined ? null : JSON.stringify(body)),
    };
    const response = await fetch(path, init).catch((error: unknown) => {
      throw new CallError(unanswered(error));
    });
    if (response.ok) return response;
    // The model's own: neither a problem of the coordinator's, nor anything about our token.
    const instance = response.headers.get(INSTANCE);
    if (instance !== null) throw new CallError(refusalOf(instance, response.status, await beginningOf(response)));
    if (response.status === 401) onUnproven();
    throw new CallError(await problemIn(response));
  };
  const call = async (line: string, sent: Sent): Promise<unknown> => {
    const response = await respond(line, sent);
    return response.status === 204 ? {} : response.json();
  };
  return {
    // What each path answers with is the contract's; the caller names it.
    get: <T>(path: string, signal?: AbortSignal) => call(`GET ${path}`, { signal }) as Promise<T>,
    // As above.
    query: <T>(path: string, body: object, signal?: AbortSignal) =>
      call(`POST ${path}`, { body, signal }) as Promise<T>,
    // As above.
    send: <T>(line: string, body?: object) => call(line, { body, isKeyed: true }) as Promise<T>,
    // As above.
    upload: <T>(path: string, file: Blob) => call(`POST ${path}`, { file, limitMs: UPLOAD_MS }) as Promise<T>,
    ask: async (path, body, { begin, take }, signal) => {
      const response = await respond(`POST ${path}`, { body, signal, accept: REPLIES, limitMs: Infinity });
      const { headers } = response;
      begin({ instance: headers.get(INSTANCE) ?? '', contentType: headers.get('content-type') ?? '' });
      await readTo(response, take);
    },
  };
}

/** Reads a text as it comes, until no more is wanted. Throws `CallError` where it breaks off. */
async function readTo({ body }: Response, take: (piece: string) => boolean): Promise<void> {
  if (body === null) return;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read())
      if (!take(read.value)) {
        await reader.cancel();
        return;
      }
  } catch (error) {
    throw new CallError(isAbort(error) ? unanswered(error) : BROKEN_OFF);
  }
}

async function beginningOf(response: Response): Promise<string> {
  let text = '';
  const take = (piece: string): boolean => {
    text += piece;
    return text.length < MOST_REFUSAL;
  };
  await readTo(response, take).catch(() => undefined);
  return text;
}

/** What a thrown value says to people. Pure. */
export function problemOf(error: unknown): Problem {
  if (error instanceof CallError) return error.problem;
  return { status: 0, reason: '', detail: error instanceof Error ? error.message : String(error) };
}

async function problemIn(response: Response): Promise<Problem> {
  const told: unknown = await response.json().catch(() => undefined);
  const problem = typeof told === 'object' && told !== null ? told : {};
  return { detail: response.statusText, reason: '', ...problem, status: response.status };
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

function unanswered(error: unknown): Problem {
  if (isAbort(error)) return { status: 0, reason: 'cancelled', detail: 'It was stopped.' };
  const isLate = error instanceof DOMException && error.name === 'TimeoutError';
  const detail = isLate ? 'The coordinator did not answer in time.' : 'The coordinator cannot be reached.';
  return { status: 0, reason: isLate ? 'deadline_exceeded' : 'unavailable', detail };
}
