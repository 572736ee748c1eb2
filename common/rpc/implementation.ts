import type { DescMessage, DescMethod, DescService, MessageShape } from '@bufbuild/protobuf';
import type { CallContext } from './call-context.js';
import type { Outgoing } from './definition.js';
import type { StreamWriter } from './stream-writer.js';

/** Answers one request with one response. */
export type UnaryHandler<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  context: CallContext,
) => Promise<Outgoing<O>>;

/** Answers one request with many responses; when it returns, the call ends well. */
export type ServerStreamingHandler<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  context: CallContext,
) => AsyncIterable<Outgoing<O>>;

/** Answers many requests with one response. */
export type ClientStreamingHandler<I extends DescMessage, O extends DescMessage> = (
  requests: AsyncIterable<MessageShape<I>>,
  context: CallContext,
) => Promise<Outgoing<O>>;

/** Answers many requests with many responses; when it returns, the call ends well. */
export type BidiHandler<I extends DescMessage, O extends DescMessage> = (
  requests: AsyncIterable<MessageShape<I>>,
  context: CallContext,
) => AsyncIterable<Outgoing<O>>;

/** A handler that is handed a writer, for calls that are pushed to from many places; the call ends when it settles. */
export interface WriterHandler<Incoming, O extends DescMessage> {
  /** Set by `reading`. */
  readonly decode?: (bytes: Buffer) => unknown;
  readonly withWriter: (
    incoming: Incoming,
    responses: StreamWriter<Outgoing<O>>,
    context: CallContext,
  ) => Promise<void>;
}

/**
 * A bidirectional handler that reads its requests by itself, where there are too many for messages in between. `decode`
 * must keep nothing of the bytes; the caller is told what it throws as HeadframeError, anything else as a malformed message.
 */
export function reading<Incoming, I extends DescMessage, O extends DescMessage>(
  decode: (bytes: Buffer) => Incoming,
  withWriter: WriterHandler<AsyncIterable<Incoming>, O>['withWriter'],
): WriterHandler<AsyncIterable<MessageShape<I>>, O> {
  // What the server hands over is what `decode` gave: the handler's own kind, which the method's type does not know.
  return { decode, withWriter } as unknown as WriterHandler<AsyncIterable<MessageShape<I>>, O>;
}

/** What implements one method; a streaming one either yields its responses or is handed a writer. */
export type MethodHandler<Method> = Method extends {
  readonly methodKind: infer Kind;
  readonly input: infer I extends DescMessage;
  readonly output: infer O extends DescMessage;
}
  ? HandlerOfKind<Kind, I, O>
  : never;

type HandlerOfKind<Kind, I extends DescMessage, O extends DescMessage> = Kind extends 'unary'
  ? UnaryHandler<I, O>
  : Kind extends 'server_streaming'
    ? ServerStreamingHandler<I, O> | WriterHandler<MessageShape<I>, O>
    : Kind extends 'client_streaming'
      ? ClientStreamingHandler<I, O>
      : Kind extends 'bidi_streaming'
        ? BidiHandler<I, O> | WriterHandler<AsyncIterable<MessageShape<I>>, O>
        : never;

/** Handlers of all methods of a service, by the methods' local names; one that is missing does not compile. */
export type ServiceImplementation<Service extends DescService> = {
  readonly [Name in keyof Service['method']]: MethodHandler<Service['method'][Name]>;
};

/** Any method's handler with its messages' types forgotten. */
export type AnyHandler = MethodHandler<DescMethod>;
