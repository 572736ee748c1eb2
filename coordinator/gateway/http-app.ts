import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { AccessService } from '../../common/gen/headframe/v1/access_service_pb.js';
import type { Clock } from '../../common/model/clock.js';
import { HeadframeError, toHeadframeError } from '../../common/model/error.js';
import { hideUnforeseen } from '../../common/rpc/index.js';
import type { CallFailure, LocalAdmission, LocalCalls } from '../../common/rpc/index.js';
import { askerOf, callsFor, refuseForeignPages, requestIdOf } from './caller.js';
import type { Asker } from './caller.js';
import { corsHeaders, preflightHeaders } from './cors.js';
import type { Origins } from './cors.js';
import { isKnownTo } from './etag.js';
import { IdempotentAnswers } from './idempotent.js';
import type { KeptAnswers } from './kept-answers.js';
import { problemHeaders, problemOf } from './problems.js';
import { conditionUnknown, httpFault, routeUnknown } from './refusals.js';
import { addRelays } from './relay.js';
import { isKept } from './secret-methods.js';
import type { Answer, AnyRoute, Route } from './route.js';

/** What requests are answered with. */
export interface HttpAppParts {
  readonly calls: LocalCalls;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly newId: () => string;
  /** Remembers requests with a key beyond the life of the process; without it none are. */
  readonly keptAnswers?: KeptAnswers;
  /** Whose pages may call. */
  readonly origins: Origins;
  readonly bodyBytes: number;
  /** Whoever reads nothing of an answer for so long is cut off, in milliseconds. */
  readonly slowClientMs: number;
  readonly onUnforeseen: (failure: CallFailure) => void;
  /** Makes the server that hands requests on. */
  readonly serverOf: (listener: (request: IncomingMessage, response: ServerResponse) => void) => Server;
}

/** A request that was let in. */
interface Entered {
  readonly asker: Asker;
  readonly admission: LocalAdmission;
  readonly over: AbortController;
}

/** Whoever is known may do it: so much is asked of those who ask for what is not there. */
const ANYBODY_KNOWN = AccessService.method.whoAmI;
/** With every answer: nothing of it is kept or guessed at. */
const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** Makes what answers HTTP requests by the routes; whoever asks is judged before anything but the headers is read. */
export async function createHttpApp(served: readonly AnyRoute[], parts: HttpAppParts): Promise<FastifyInstance> {
  // Megabytes, for those coordinators alone that serve HTTP.
  const { default: Fastify } = await import('fastify');
  const app: FastifyInstance = Fastify({
    serverFactory: parts.serverOf,
    logger: false,
    bodyLimit: parts.bodyBytes,
    exposeHeadRoutes: false,
    requestIdHeader: false,
    genReqId: (request) => requestIdOf(request, parts.newId),
    clientErrorHandler: (error, socket) => {
      refuseBytes(error, socket);
    },
    frameworkErrors: (error, request, reply) => {
      // It comes before all hooks.
      void fail(refusalOf(request, parts) ?? error, request, reply, parts);
    },
  });
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler((error: FastifyError, request, reply) => fail(error, request, reply, parts));
  const entered = judged(app, served, parts);
  const routes = served.filter((route) => 'answer' in route);
  const relays = served.filter((route) => 'relay' in route);
  addRelays(app, relays, { ...parts, enteredBy: (request) => known(entered.get(request)) });
  const answers = new IdempotentAnswers(parts.clock, parts.keptAnswers);
  const serve = (to: FastifyInstance, route: Route): void => {
    to.route({
      method: route.verb,
      url: route.path,
      handler: async (request, reply) => {
        const answer = await answerTo(request, { route, entered: known(entered.get(request)), answers }, parts);
        const { status, body, type, headers = {} } = unlessKnown(request, answer);
        void reply.code(status).headers(headers);
        if (type !== undefined) void reply.type(type);
        return reply.send(body);
      },
    });
  };
  for (const route of routes) if (route.isRaw !== true) serve(app, route);
  // Within their own scope: elsewhere a body is JSON, read whole and bounded.
  await app.register((raw, _options, done) => {
    raw.removeAllContentTypeParsers();
    raw.addContentTypeParser('*', (_request, payload, parsed) => {
      parsed(null, payload);
    });
    for (const route of routes) if (route.isRaw === true) serve(raw, route);
    done();
  });
  app.setNotFoundHandler((request) => {
    throw routeUnknown(request.method, request.url.split('?', 1)[0] ?? '');
  });
  return app;
}

/** What a request is answered from. */
interface Served {
  readonly route: Route;
  readonly entered: Entered;
  readonly answers: IdempotentAnswers;
}

async function answerTo(
  request: FastifyRequest,
  { route, entered, answers }: Served,
  { calls }: HttpAppParts,
): Promise<Answer> {
  const { asker, admission, over } = entered;
  const { headers, body, method, url } = request;
  if (headers['if-match'] !== undefined && route.isMatched !== true) throw conditionUnknown();
  const make = (signal: AbortSignal): Promise<Answer> =>
    route.answer({
      // The router makes texts alone of it.
      params: request.params as Readonly<Record<string, string>>,
      // As above, but for what is given twice.
      query: request.query as Readonly<Record<string, unknown>>,
      body,
      contentType: headers['content-type'] ?? '',
      ...callsFor(calls, asker, admission, signal),
    });
  const key = request.raw.headers['idempotency-key'];
  // What is sent raw is known by its content; the same again does nothing.
  if (typeof key !== 'string' || method === 'GET' || route.isRaw === true) return make(over.signal);
  const { role, name } = admission.caller;
  const keyed = {
    caller: `${role} ${name}`,
    key,
    parts: [method, url, headers['if-match'], body],
    isKept: isKept(route),
  };
  // Who asks may be gone before it is done, and asks again for what became of it.
  return answers.answer(keyed, () => make(new AbortController().signal));
}

/** The answer, or that the client has it already. */
function unlessKnown({ method, headers }: FastifyRequest, answer: Answer): Answer {
  const etag = answer.headers?.['etag'];
  if (method !== 'GET' || etag === undefined || !isKnownTo(headers['if-none-match'], etag)) return answer;
  return { status: 304, headers: { etag } };
}

/** Has requests judged as they come, and whoever does not read cut off. The answer has those that were let in. */
function judged(
  app: FastifyInstance,
  routes: readonly AnyRoute[],
  parts: HttpAppParts,
): Pick<WeakMap<FastifyRequest, Entered>, 'get'> {
  const entered = new WeakMap<FastifyRequest, Entered>();
  const methods = new Map(routes.map(({ verb, path, method }) => [`${verb} ${path}`, method]));
  app.addHook('onRequest', (request, reply, done) => {
    const { raw, routeOptions } = request;
    void reply.headers({ ...HEADERS, 'x-request-id': request.id, ...corsHeaders(raw.headers, parts.origins) });
    const asker = askerOf(raw, () => request.id);
    refuseForeignPages(raw, parts.origins);
    const preflight = preflightHeaders(raw, parts.origins);
    if (preflight !== undefined) {
      void reply.code(204).headers(preflight).send();
      return;
    }
    const method = methods.get(`${request.method} ${routeOptions.url ?? ''}`) ?? ANYBODY_KNOWN;
    const admission = parts.calls.admit(asker, method);
    const over = new AbortController();
    entered.set(request, { asker, admission, over });
    reply.raw.once('close', () => {
      admission.leave();
      // What was answered is over by itself, and would be told to be in vain.
      if (!reply.raw.writableFinished) over.abort();
    });
    done();
  });
  app.addHook('onSend', ({ raw }, _reply, payload, done) => {
    // The server's own limits are for what is read; it destroys what times out.
    raw.socket.setTimeout(parts.slowClientMs);
    done(null, payload);
  });
  return entered;
}

/** Why whoever asks is not told what is wrong with a request; undefined where they may know. */
function refusalOf({ raw, id }: FastifyRequest, { calls, origins }: HttpAppParts): HeadframeError | undefined {
  try {
    refuseForeignPages(raw, origins);
    calls
      .admit(
        askerOf(raw, () => id),
        ANYBODY_KNOWN,
      )
      .leave();
    return undefined;
  } catch (error) {
    return toHeadframeError(error);
  }
}

function known(entered: Entered | undefined): Entered {
  if (entered === undefined) throw new Error('a request has come in past its judge');
  return entered;
}

function fail(
  error: FastifyError | HeadframeError,
  request: FastifyRequest,
  reply: FastifyReply,
  { onUnforeseen, bodyBytes, origins }: HttpAppParts,
): FastifyReply {
  const { method, url, id, raw } = request;
  const where = { method: `${method} ${url.split('?', 1)[0] ?? ''}`, requestId: id };
  const peer = raw.socket.remoteAddress ?? 'unknown';
  const foreseen = httpFault(error.code, bodyBytes) ?? error;
  const problem = problemOf(told(foreseen) ?? hideUnforeseen(foreseen, { ...where, peer }, onUnforeseen), id);
  return reply
    .code(problem.status)
    .headers({ ...HEADERS, ...corsHeaders(raw.headers, origins), ...problemHeaders(problem) })
    .send(JSON.stringify(problem));
}

/** What the coordinator's own calls refuse with has been told of already. */
function told(error: Error): HeadframeError | undefined {
  return error instanceof HeadframeError && error.code !== 'internal' ? error : undefined;
}

/** Answers bytes that are no request. */
function refuseBytes(error: Error & { code?: string }, socket: Duplex): void {
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
  if (socket.writable) socket.write(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  socket.destroy();
}
