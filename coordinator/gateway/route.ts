import type { DescMessage, DescMethod, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import type { z } from 'zod';
import type { CallContext } from '../../common/rpc/index.js';
import { checkSchema } from '../../common/model/schema/index.js';
import { requestInvalid } from './refusals.js';

/** A method that answers one request once. */
export type UnaryMethod<I extends DescMessage, O extends DescMessage> = DescMethod & {
  readonly methodKind: 'unary';
  readonly input: I;
  readonly output: O;
};

/** A method that answers one request with a stream. */
export type StreamingMethod<I extends DescMessage, O extends DescMessage> = DescMethod & {
  readonly methodKind: 'server_streaming';
  readonly input: I;
  readonly output: O;
};

/** A method that answers a stream of requests once. */
export type UploadingMethod<I extends DescMessage, O extends DescMessage> = DescMethod & {
  readonly methodKind: 'client_streaming';
  readonly input: I;
  readonly output: O;
};

/** A method that answers a stream of requests with a stream. */
export type TalkingMethod<I extends DescMessage, O extends DescMessage> = DescMethod & {
  readonly methodKind: 'bidi_streaming';
  readonly input: I;
  readonly output: O;
};

/** Calls a method of the coordinator as whoever makes the request; half a minute is its limit, or `timeoutMs`. Throws `HeadframeError`. */
export type CallMethod = <I extends DescMessage, O extends DescMessage>(
  method: UnaryMethod<I, O>,
  request: MessageInitShape<I>,
  terms?: { readonly timeoutMs?: number },
) => Promise<MessageShape<O>>;

/** Opens a stream of the coordinator as whoever asks for it. */
export type OpenStream = <I extends DescMessage, O extends DescMessage>(
  method: StreamingMethod<I, O>,
  request: MessageInitShape<I>,
) => AsyncIterable<MessageShape<O>>;

/** Sends a stream to the coordinator as whoever makes the request. Throws `HeadframeError`. */
export type SendStream = <I extends DescMessage, O extends DescMessage>(
  method: UploadingMethod<I, O>,
  requests: AsyncIterable<MessageInitShape<I>>,
  terms: { readonly timeoutMs: number },
) => Promise<MessageShape<O>>;

/** Sends a stream to the coordinator as whoever makes the request, and opens the one that it answers with. */
export type TalkStreams = <I extends DescMessage, O extends DescMessage>(
  method: TalkingMethod<I, O>,
  requests: AsyncIterable<MessageInitShape<I>>,
  terms: { readonly timeoutMs: number },
) => AsyncIterable<MessageShape<O>>;

/** A request that was let in. */
export interface Exchange {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** As JSON; of a raw route the stream of bytes. */
  readonly body: unknown;
  /** Of the body; '' for none. */
  readonly contentType: string;
  readonly call: CallMethod;
  readonly stream: OpenStream;
  readonly send: SendStream;
  readonly talk: TalkStreams;
}

/** What a request is answered with. */
export interface Answer {
  readonly status: number;
  /** JSON, or a text or stream of that type. */
  readonly body?: unknown;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the OpenAPI document tells of a route. */
export interface RouteAbout {
  /** One line. */
  readonly summary: string;
  /** Of the names in the path; plain texts without one. */
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** How it answers when all is right; 200 with some JSON where nothing is said. */
  readonly reply?: { readonly status?: number; readonly type?: string; readonly schema?: z.ZodType };
  /** In the place of all of these. */
  readonly operation?: Operation;
}

/** The operation of a method of the contract, in JSON Schema. */
export interface Operation {
  readonly id: string;
  readonly tag: string;
  /** More than one line. */
  readonly description?: string;
  readonly parameters: readonly object[];
  readonly body?: object;
  /** Default `application/json`. */
  readonly bodyType?: string;
  readonly reply: { readonly type: string; readonly schema: object };
}

/** How something is asked for. */
export type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Something that is served over HTTP. */
export interface Route {
  readonly verb: Verb;
  /** As the router has it: `/modules/:name`. */
  readonly path: string;
  /** The method that it stands for: whoever may not call it may not use the route. */
  readonly method: DescMethod;
  /** Whether the method heeds `If-Match`; it is refused elsewhere. */
  readonly isMatched?: boolean;
  /** Its body is taken as it comes, whatever its size; whoever answers bounds it. */
  readonly isRaw?: boolean;
  readonly about: RouteAbout;
  /** Throws `HeadframeError`. */
  readonly answer: (exchange: Exchange) => Promise<Answer>;
}

/** A request that was let in and is answered byte by byte. */
export interface RelayExchange {
  readonly params: Readonly<Record<string, string>>;
  /** Of the body nothing was read yet. */
  readonly request: IncomingMessage;
  readonly requestId: string;
  /**
   * Begins the answer, with what every answer carries; what is written to what is given back goes to the client. Until then
   * whatever is thrown is answered as a problem, and after that breaks the answer off.
   */
  readonly begin: (status: number, headers: Readonly<Record<string, string>>) => Writable;
  /** Makes the call that was let in, by `work`. Throws `HeadframeError` as the caller may read it. */
  readonly serve: ServeCall;
}

/** Does what the handler of a method would. */
export type ServeCall = <I extends DescMessage>(
  method: DescMethod & { readonly input: I },
  request: MessageInitShape<I>,
  work: (context: CallContext) => Promise<void>,
) => Promise<void>;

/** Something that is served over HTTP, whose bodies are passed on as they come. */
export interface RelayRoute extends Omit<Route, 'answer' | 'isMatched'> {
  /** Resolves once the answer has ended. Throws `HeadframeError`. */
  readonly relay: (exchange: RelayExchange) => Promise<void>;
}

/** Anything that is served over HTTP. */
export type AnyRoute = Route | RelayRoute;

/** A value of a request as the schema makes it. Throws `HeadframeError` (invalid_argument, 'request_invalid'). */
export function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = checkSchema(schema, value);
  if ('value' in result) return result.value;
  throw requestInvalid(result.violations);
}

/** An answer that is all right. */
export function ok(body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: 200, body, headers };
}
