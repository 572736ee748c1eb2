import type { DescMethod } from '@bufbuild/protobuf';
import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../../common/model/address.js';
import { methodPath } from '../../common/rpc/index.js';
import type { CallRequest, LocalAdmission, LocalCalls } from '../../common/rpc/index.js';
import type { Origins } from './cors.js';
import { waysOf } from './handed-sockets.js';
import { hostRefused, originRefused } from './refusals.js';
import type { Exchange } from './route.js';

/** What is known of whoever makes a request, without the method that it stands for. */
export type Asker = Omit<CallRequest, 'method'>;

/** A method takes no longer, in milliseconds. */
const CALL_MS = 30_000;

/** Who asks, by the headers of a request; a token in another place than there may be given. */
export function askerOf(request: IncomingMessage, newId: () => string, authorization?: string): Asker {
  const { socket, headers } = request;
  const get = (name: string): string | undefined => {
    const value = headers[name.toLowerCase()];
    return Array.isArray(value) ? value[0] : value;
  };
  return {
    peer: `${socket.remoteAddress ?? 'unknown'}:${String(socket.remotePort ?? 0)}`,
    // Browsers would ask people for one.
    certificate: undefined,
    ...waysOf(socket),
    metadata: { get: (name) => (/^authorization$/i.test(name) ? (authorization ?? get(name)) : get(name)) },
    requestId: requestIdOf(request, newId),
  };
}

/** The id of a request: its own where that is a sane one, else one that is made. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>, newId: () => string): string {
  const asked = headers['x-request-id'];
  return typeof asked === 'string' && /^[\w.:-]{1,128}$/.test(asked) ? asked : newId();
}

/**
 * Refuses what a page of an origin that is neither this one nor allowed makes a browser send, and in clear also what comes by a
 * name that is not of this machine. Throws `HeadframeError` (permission_denied: 'origin_refused', 'host_refused').
 */
export function refuseForeignPages({ headers, socket }: IncomingMessage, origins: Origins): void {
  const { origin, host = '' } = headers;
  if (origin !== undefined && hostOf(origin) !== host && !origins.has(origin)) throw originRefused();
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (!waysOf(socket).isPrivate && !isLoopback(name)) throw hostRefused();
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** What is called for one request: the method that was let in with it is called once so, each other call is judged like any. */
export function callsFor(
  calls: LocalCalls,
  asker: Asker,
  first: LocalAdmission,
  signal: AbortSignal,
): Pick<Exchange, 'call' | 'stream' | 'send' | 'talk'> {
  let admitted: LocalAdmission | undefined = first;
  const admissionFor = (method: DescMethod): LocalAdmission => {
    const isLetIn = admitted?.request.method === methodPath(method);
    const admission = (isLetIn ? admitted : undefined) ?? calls.admit(asker, method);
    if (isLetIn) admitted = undefined;
    return admission;
  };
  return {
    call: (method, request, { timeoutMs = CALL_MS } = {}) =>
      calls.call(admissionFor(method), method, request, { signal, timeoutMs }),
    send: (method, requests, { timeoutMs }) =>
      calls.send(admissionFor(method), method, requests, { signal, timeoutMs }),
    stream: (method, request) => calls.stream(admissionFor(method), method, request, { signal }),
    talk: (method, requests, { timeoutMs }) =>
      calls.talk(admissionFor(method), method, requests, { signal, timeoutMs }),
  };
}
