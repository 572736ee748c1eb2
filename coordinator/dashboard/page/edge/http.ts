import { newId } from './browser.js';

/** Why something was not done, as the coordinator tells it (RFC 9457). */
export interface Problem {
  readonly status: number;
  readonly detail: string;
  readonly reason: string;
  readonly remedy?: string;
  readonly violations?: readonly { readonly path: string; readonly expected: string }[];
}

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
  /** Has something done once, however often the request is sent. Throws `CallError`. */
  send<T>(line: string, body?: object): Promise<T>;
  /** Sends a file as it is. Throws `CallError`. */
  upload<T>(path: string, file: Blob): Promise<T>;
}

/** A call has so long, in milliseconds. */
const CALL_MS = 40_000;
const UPLOAD_MS = 180_000;

/** What goes along with a call. */
interface Sent {
  readonly body?: object | undefined;
  readonly file?: Blob | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The token goes here and nowhere else; a change has a key, under which it is done once. */
function headersOf(method: string, { body, file }: Sent, token: string | undefined): Headers {
  const headers = new Headers({ accept: 'application/json' });
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  if (body !== undefined) headers.set('content-type', 'application/json');
  if (file !== undefined) headers.set('content-type', 'application/octet-stream');
  if (method !== 'GET' && file === undefined) headers.set('idempotency-key', newId());
  return headers;
}

/** Makes calls with a token in their header, where nothing but this page puts it; `onUnproven` is told when it is no longer good. */
export function createHttp(token: string | undefined, onUnproven: () => void): Http {
  const respond = async (line: string, { body, file, signal }: Sent): Promise<Response> => {
    const [method = 'GET', path = ''] = line.split(' ');
    const headers = headersOf(method, { body, file }, token);
    const limit = AbortSignal.timeout(file === undefined ? CALL_MS : UPLOAD_MS);
    const init: RequestInit = {
      ...{ method, headers, credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer' },
      signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
      body: file ?? (body === undefined ? null : JSON.stringify(body)),
    };
    const response = await fetch(path, init).catch((error: unknown) => {
      throw new CallError(unanswered(error));
    });
    if (response.ok) return response;
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
    send: <T>(line: string, body?: object) => call(line, { body }) as Promise<T>,
    // As above.
    upload: <T>(path: string, file: Blob) => call(`POST ${path}`, { file }) as Promise<T>,
  };
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

function unanswered(error: unknown): Problem {
  const isLate = error instanceof DOMException && error.name === 'TimeoutError';
  const detail = isLate ? 'The coordinator did not answer in time.' : 'The coordinator cannot be reached.';
  return { status: 0, reason: isLate ? 'deadline_exceeded' : 'unavailable', detail };
}
