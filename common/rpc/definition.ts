import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { DescMessage, DescMethod, DescService, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import { HeadframeError } from '../model/error.js';

declare const encodedAs: unique symbol;

/** A message already encoded, so that one encoding serves many streams. Not to be changed after it was handed over. */
export type Encoded<Desc extends DescMessage> = Uint8Array & { readonly [encodedAs]: Desc };

/** What may be sent where a message of this kind is due: a message, its initial fields, or its encoding. */
export type Outgoing<Desc extends DescMessage> = MessageInitShape<Desc> | Encoded<Desc>;

/** Stands in for a request whose bytes were no message of the expected type, until `checkMessage` meets it. */
class MalformedMessage {
  readonly cause: unknown;

  constructor(cause: unknown) {
    this.cause = cause;
  }
}

/** Gives the message back, or throws `invalid_argument` if what arrived was none; before anything else looks at it. */
export function checkMessage<Message>(message: Message): Message {
  if (!(message instanceof MalformedMessage)) return message;
  if (message.cause instanceof HeadframeError) throw message.cause;
  const text = 'the request is not a message of the expected type';
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'malformed_message',
    message: text,
    cause: message.cause,
  });
}

/** Encodes a message once, to be sent to many. */
export function encodeMessage<Desc extends DescMessage>(schema: Desc, message: MessageInitShape<Desc>): Encoded<Desc> {
  // The brand exists in types alone, so nothing but a cast can put it on.
  return toBinary(schema, create(schema, message)) as Encoded<Desc>;
}

/** Reads the bytes of a request in another way than into its message. */
export type RequestDecoder = (bytes: Buffer) => unknown;

/** Describes a service to grpc-js, with the codecs of its messages; some methods, by local names, have decoders of their own. */
export function toServiceDefinition(
  service: DescService,
  decoders: ReadonlyMap<string, RequestDecoder>,
): ServiceDefinition {
  const definitionOf = (method: DescMethod): ServiceDefinition[string] => {
    const definition = toMethodDefinition(method);
    const decode = decoders.get(method.localName);
    return decode === undefined ? definition : { ...definition, requestDeserialize: lenient(decode) };
  };
  return Object.fromEntries(service.methods.map((method) => [method.localName, definitionOf(method)]));
}

/** Path of a method on the wire, such as `/headframe.v1.FleetService/Apply`. */
export function methodPath(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** Describes one method to grpc-js. */
export function toMethodDefinition(
  method: DescMethod,
): MethodDefinition<Outgoing<DescMessage>, MessageShape<DescMessage>> {
  const kind = method.methodKind;
  return {
    path: methodPath(method),
    requestStream: kind === 'client_streaming' || kind === 'bidi_streaming',
    responseStream: kind === 'server_streaming' || kind === 'bidi_streaming',
    requestSerialize: serializerOf(method.input),
    requestDeserialize: lenient(deserializerOf(method.input)),
    responseSerialize: serializerOf(method.output),
    responseDeserialize: deserializerOf(method.output),
  };
}

function serializerOf(schema: DescMessage): (message: Outgoing<DescMessage>) => Buffer {
  return (message) => asBuffer(message instanceof Uint8Array ? message : toBinary(schema, create(schema, message)));
}

function deserializerOf(schema: DescMessage): (bytes: Buffer) => MessageShape<DescMessage> {
  // Copied once, because `bytes` fields are views: kept ones would pin and share the network's buffer.
  return (bytes) => fromBinary(schema, new Uint8Array(bytes));
}

function lenient<T>(deserialize: (bytes: Buffer) => T): (bytes: Buffer) => T {
  return (bytes) => {
    try {
      return deserialize(bytes);
    } catch (cause) {
      // grpc-js would answer INTERNAL, as if the fault were ours; `checkMessage` comes before any handler.
      return new MalformedMessage(cause) as unknown as T;
    }
  };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
