import { toJson } from '@bufbuild/protobuf';
import type { DescMessage, DescMethod, MessageShape } from '@bufbuild/protobuf';
import { Readable } from 'node:stream';
import { toHeadframeError } from '../../../common/model/error.js';
import { etagOf, revisionIn } from '../etag.js';
import { problemOf } from '../problems.js';
import type { Answer, Exchange, Route, StreamingMethod, UnaryMethod } from '../route.js';
import { placesOf } from './binding.js';
import type { Binding } from './binding.js';
import { operationOf } from './operation.js';
import { requestOf } from './request.js';
import { schemasOf } from './schemas.js';
import { CONTRACT } from './table.js';
import type { BoundService } from './table.js';

/** A method with its place. */
interface Bound {
  readonly method: DescMethod;
  readonly binding: Binding;
}

/** One line for each message of a stream. */
const LINES = 'application/x-ndjson';

/** The methods that have a route, once for each, of the services that are called as they are. Pure. */
export function boundMethods(contract: readonly BoundService[] = CONTRACT): Bound[] {
  return contract.flatMap(({ service, bindings }) =>
    service.methods.flatMap((method) => {
      const binding = bindings[method.localName];
      if (binding === undefined || 'unbound' in binding) return [];
      return placesOf(binding).map((place) => ({ method, binding: place }));
    }),
  );
}

/** The methods of the contract as routes: what is asked and answered is the JSON of their messages. */
export function contractRoutes(): Route[] {
  return boundMethods().map((bound) => {
    const { method, binding } = bound;
    const { verb, path, summary, isMatched = false } = binding;
    return {
      ...{ verb, path, method, isMatched },
      about: { summary, operation: operationOf(method, binding) },
      answer: answering(bound),
    };
  });
}

/** The schemas by name of all that they ask and answer. */
export function contractSchemas(): Readonly<Record<string, object>> {
  const methods = boundMethods().map(({ method }) => method);
  return schemasOf(
    methods.map(({ input }) => input),
    methods.map(({ output }) => output),
  );
}

function answering({ method, binding }: Bound): Route['answer'] {
  if (isUnary(method)) return (exchange) => answerOnce(method, binding, exchange);
  if (isStreaming(method)) return (exchange) => answerLines(method, binding, exchange);
  throw new Error(`${method.name} has a route, but takes a stream`);
}

function isUnary(method: DescMethod): method is DescMethod & UnaryMethod<DescMessage, DescMessage> {
  return method.methodKind === 'unary';
}

function isStreaming(method: DescMethod): method is DescMethod & StreamingMethod<DescMessage, DescMessage> {
  return method.methodKind === 'server_streaming';
}

async function answerOnce(
  method: UnaryMethod<DescMessage, DescMessage>,
  binding: Binding,
  exchange: Exchange,
): Promise<Answer> {
  const message = await exchange.call(method, requestOf(method.input, binding, exchange), binding);
  const body = jsonOf(method.output, message);
  return { status: 200, body, type: 'application/json', headers: { etag: etagOf(body, revisionIn(message)) } };
}

/** The first message is waited for, so that a refusal is an answer of its own. */
async function answerLines(
  method: StreamingMethod<DescMessage, DescMessage>,
  binding: Binding,
  { stream, ...said }: Exchange,
): Promise<Answer> {
  const messages = stream(method, requestOf(method.input, binding, said))[Symbol.asyncIterator]();
  const first = await messages.next();
  const lines = linesOf(method.output, first, messages);
  return { status: 200, body: Readable.from(lines, { objectMode: false }), type: LINES };
}

/** A failure after the answer has begun is its last line. */
async function* linesOf<O extends DescMessage>(
  schema: O,
  first: IteratorResult<MessageShape<O>, unknown>,
  messages: AsyncIterator<MessageShape<O>>,
): AsyncGenerator<string, void, undefined> {
  try {
    for (let next = first; next.done !== true; next = await messages.next()) yield `${jsonOf(schema, next.value)}\n`;
  } catch (error) {
    yield `${JSON.stringify({ problem: problemOf(toHeadframeError(error), '') })}\n`;
  } finally {
    await messages.return?.();
  }
}

function jsonOf<O extends DescMessage>(schema: O, message: MessageShape<O>): string {
  return JSON.stringify(toJson(schema, message, { alwaysEmitImplicit: true }));
}
