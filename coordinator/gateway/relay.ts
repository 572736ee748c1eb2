import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OutgoingHttpHeader, ServerResponse } from 'node:http';
import type { LocalAdmission, LocalCalls } from '../../common/rpc/index.js';
import type { RelayRoute } from './route.js';

/** What relays work with. */
export interface RelayParts {
  readonly calls: Pick<LocalCalls, 'serve'>;
  /** Whoever reads nothing of the rest of an answer for so long is cut off, in milliseconds. */
  readonly slowClientMs: number;
  /** Who was let in with a request, and what tells that they have left. */
  readonly enteredBy: (request: FastifyRequest) => {
    readonly admission: LocalAdmission;
    readonly over: AbortController;
  };
}

/** Adds routes whose bodies go both ways as they come. */
export function addRelays(app: FastifyInstance, routes: readonly RelayRoute[], parts: RelayParts): void {
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, parsed) => {
      parsed(null);
    });
    for (const route of routes)
      scope.route({
        method: route.verb,
        url: route.path,
        handler: (request, reply) => relay(route, request, reply, parts),
      });
    done();
  });
}

async function relay(
  { relay }: RelayRoute,
  request: FastifyRequest,
  reply: FastifyReply,
  { calls, slowClientMs, enteredBy }: RelayParts,
): Promise<void> {
  const { admission, over } = enteredBy(request);
  let begun: ServerResponse | undefined;
  try {
    await relay({
      // The router makes texts alone of it.
      params: request.params as Readonly<Record<string, string>>,
      ...{ request: request.raw, requestId: request.id },
      begin: (status, headers) => {
        begun = reply.hijack().raw;
        return begun.writeHead(status, { ...told(reply), ...headers });
      },
      serve: (method, init, work) => calls.serve(admission, method, init, { work, signal: over.signal }),
    });
    request.raw.socket.setTimeout(slowClientMs);
  } catch (error) {
    if (begun !== undefined) {
      begun.destroy();
      return;
    }
    // What is still to come of it would be taken for the next request.
    if (!request.raw.complete) void reply.header('connection', 'close');
    throw error;
  }
}

/** What an answer carries whatever it is. */
function told(reply: FastifyReply): Record<string, OutgoingHttpHeader> {
  const all: Record<string, OutgoingHttpHeader> = {};
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) all[name] = value;
  return all;
}
