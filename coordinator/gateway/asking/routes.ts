import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { ModelQuestion, RouterService } from '../../../common/gen/headframe/v1/router_service_pb.js';
import type { Caller } from '../../../common/model/caller.js';
import type { Answering, Question, ReplyHead } from '../../router/index.js';
import { conditionUnknown, keyUnheeded } from '../refusals.js';
import { ok } from '../route.js';
import type { RelayExchange, RelayRoute, Route } from '../route.js';
import { lengthOf, questionBody } from './question-body.js';

/** What models are asked by. */
export interface AskRoutesParts {
  /** Has a model answer to a caller. */
  readonly models: {
    ask(caller: Caller, question: Question, answering: Answering, signal: AbortSignal): Promise<void>;
  };
  /** Of a question, in bytes. */
  readonly questionBytes: number;
  /** Whoever leaves what there is of an answer unread for so long is cut off, in milliseconds. */
  readonly slowClientMs: number;
}

const { askModel, listModels } = RouterService.method;
/** What is passed on of a request: nothing that says who asks, or by which way. */
const PASSED = ['accept', 'accept-language', 'content-encoding', 'content-language', 'content-type'] as const;
/** With every reply of a model, which a stranger wrote: shown by itself it may do nothing. */
const GUARD = { 'content-security-policy': "sandbox; default-src 'none'" } as const;
/** Which models are listed at once. */
const MOST_MODELS = 1000;

const modelSchema = z.object({ name: z.string(), replicas: z.int(), ready: z.int() });

/** The list of models. */
export function askRoutes(): Route[] {
  return [
    {
      ...{ verb: 'GET', path: '/models', method: listModels },
      about: {
        summary: 'Lists models with how many of their instances can be asked; the first 1000',
        reply: { schema: z.object({ models: z.array(modelSchema) }) },
      },
      answer: async ({ call }) => {
        const { models } = await call(listModels, { pageSize: MOST_MODELS });
        return ok({ models: models.map(({ name, replicas, ready }) => ({ name, replicas, ready })) });
      },
    },
  ];
}

/** What models answer themselves. */
export function askRelays(parts: AskRoutesParts): RelayRoute[] {
  const chat: RelayRoute = {
    ...{ verb: 'POST', path: '/models/:name/chat', method: askModel },
    about: { summary: 'Asks a model; it answers as its contract has it', body: z.object({}).loose(), reply: REPLY },
    relay: (exchange) => asked(exchange, parts, ModelQuestion.CHAT),
  };
  const looks = [
    { what: 'health', question: ModelQuestion.HEALTH } as const,
    { what: 'info', question: ModelQuestion.INFO } as const,
  ];
  return [
    chat,
    ...looks.map(({ what, question }): RelayRoute => ({
      ...{ verb: 'GET', path: `/models/:name/${what}`, method: askModel },
      about: { summary: `Shows the ${what} of an instance of a model, as it tells it`, reply: REPLY },
      relay: (exchange) => asked(exchange, parts, question),
    })),
  ];
}

const REPLY = { schema: z.object({}).loose() };
const PLACES = {
  [ModelQuestion.CHAT]: { verb: 'POST', path: '/api/chat' },
  [ModelQuestion.HEALTH]: { verb: 'GET', path: '/health' },
  [ModelQuestion.INFO]: { verb: 'GET', path: '/info' },
} as const;

async function asked(
  { params, request, requestId, begin, serve }: RelayExchange,
  { models, questionBytes, slowClientMs }: AskRoutesParts,
  kind: keyof typeof PLACES,
): Promise<void> {
  if (request.headers['if-match'] !== undefined) throw conditionUnknown();
  if (request.headers['idempotency-key'] !== undefined) throw keyUnheeded();
  const { name: model = '' } = params;
  const { verb, path } = PLACES[kind];
  const isChat = kind === ModelQuestion.CHAT;
  const body = isChat ? await questionBody(request, questionBytes) : undefined;
  const headers = { 'x-request-id': requestId, ...passed(request), ...(isChat ? announced(request, body) : {}) };
  const answering: Answering = {
    stallMs: slowClientMs,
    begin: ({ status, headers }: ReplyHead, instance) =>
      begin(status, { ...headers, ...GUARD, 'headframe-instance': instance }),
  };
  await serve(askModel, { model, question: kind }, ({ caller, signal }) =>
    models.ask(caller, { model, verb, path, headers, body }, answering, signal),
  );
}

function passed({ headers }: IncomingMessage): Record<string, string> {
  const all: Record<string, string> = {};
  for (const name of PASSED) {
    const value = headers[name];
    if (value !== undefined) all[name] = value;
  }
  return all;
}

/** The length of a body that comes in pieces, where it is known. */
function announced(request: IncomingMessage, body: Question['body']): Readonly<Record<string, string>> {
  const length = lengthOf(request);
  return length === undefined || body instanceof Uint8Array ? {} : { 'content-length': String(length) };
}
