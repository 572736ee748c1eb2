import type { DescMessage, DescMethod, DescService, MessageShape } from '@bufbuild/protobuf';
import type { Channel } from './channel.js';
import { callBidi, callClientStreaming, callServerStreaming, callUnary } from './client-call.js';
import type { BidiCall, CallOptions } from './client-call.js';
import { toMethodDefinition } from './definition.js';
import type { Outgoing } from './definition.js';

/** A typed method of a client. All of them fail with a HeadframeError that carries what the server said. */
export type ClientMethod<Method> = Method extends {
  readonly methodKind: infer Kind;
  readonly input: infer I extends DescMessage;
  readonly output: infer O extends DescMessage;
}
  ? MethodOfKind<Kind, I, O>
  : never;

type MethodOfKind<Kind, I extends DescMessage, O extends DescMessage> = Kind extends 'unary'
  ? (request: Outgoing<I>, options?: CallOptions) => Promise<MessageShape<O>>
  : Kind extends 'server_streaming'
    ? /** The call is made when the answer is iterated; leaving it early cancels the call. */
      (request: Outgoing<I>, options?: CallOptions) => AsyncIterable<MessageShape<O>>
    : Kind extends 'client_streaming'
      ? (requests: AsyncIterable<Outgoing<I>>, options?: CallOptions) => Promise<MessageShape<O>>
      : Kind extends 'bidi_streaming'
        ? (options?: CallOptions) => BidiCall<I, O>
        : never;

/** All methods of a service, by their local names. */
export type Client<Service extends DescService> = {
  readonly [Name in keyof Service['method']]: ClientMethod<Service['method'][Name]>;
};

/** Makes a typed client of a service on a channel; many clients may share one channel. */
export function createClient<Service extends DescService>(service: Service, channel: Channel): Client<Service> {
  const methods = service.methods.map((method) => [method.localName, clientMethod(method, channel)] as const);
  // Built from the very descriptors that the type is computed from.
  return Object.fromEntries(methods) as Client<Service>;
}

function clientMethod(method: DescMethod, channel: Channel): ClientMethod<DescMethod> {
  const definition = toMethodDefinition(method);
  switch (method.methodKind) {
    case 'unary':
      return (request: Outgoing<DescMessage>, options?: CallOptions) =>
        callUnary(channel, definition, request, options);
    case 'server_streaming':
      return (request: Outgoing<DescMessage>, options?: CallOptions) =>
        callServerStreaming(channel, definition, request, options);
    case 'client_streaming':
      return (requests: AsyncIterable<Outgoing<DescMessage>>, options?: CallOptions) =>
        callClientStreaming(channel, definition, requests, options);
    case 'bidi_streaming':
      return (options?: CallOptions) => callBidi(channel, definition, options);
  }
}
