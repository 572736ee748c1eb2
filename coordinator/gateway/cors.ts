import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** Origins whose pages may call, besides the gateway's own: exact, as the header `Origin` has them. */
export type Origins = ReadonlySet<string>;

/** What such a page may send. */
const VERBS = 'GET, POST, PUT, PATCH, DELETE';
const SENT = 'authorization, content-type, if-match, if-none-match, idempotency-key, x-request-id';
/** What it may read of an answer, besides what any page may. */
const READ = 'etag, x-request-id, x-total-count, idempotency-replayed, headframe-instance, retry-after';
/** How long a browser may remember what it was told, in seconds. */
const REMEMBERED_SECONDS = '600';

/**
 * What the answer to a page of an allowed origin carries; nothing where none is allowed. That a browser may send what it keeps of
 * this place is never said: who asks is told by a token that the page holds, and by nothing else. Pure.
 */
export function corsHeaders({ origin }: IncomingHttpHeaders, origins: Origins): Readonly<Record<string, string>> {
  if (origins.size === 0) return {};
  // One answer is not that to a page of another origin.
  if (origin === undefined || !origins.has(origin)) return { vary: 'origin' };
  return { vary: 'origin', 'access-control-allow-origin': origin, 'access-control-expose-headers': READ };
}

/**
 * The answer to what a browser asks before it lets a page of an allowed origin call; undefined for any other request. It shows no
 * token, so that it costs a connection, as every answer to a stranger does. Pure.
 */
export function preflightHeaders(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  origins: Origins,
): Readonly<Record<string, string>> | undefined {
  const isAsked = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
  if (!isAsked || !origins.has(headers.origin ?? '')) return undefined;
  return {
    'access-control-allow-methods': VERBS,
    'access-control-allow-headers': SENT,
    'access-control-max-age': REMEMBERED_SECONDS,
    connection: 'close',
  };
}
