import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import type { Metadata, MethodDefinition, ServiceError, StatusObject } from '@grpc/grpc-js';
import { CallEnd } from './call-end.js';
import { toMetadata } from './channel.js';
import type { Cancellable, Channel } from './channel.js';
import type { Outgoing } from './definition.js';
import { DEFAULT_UNARY_TIMEOUT_MS } from './limits.js';
import { readMessages } from './stream.js';
import { StreamWriter } from './stream-writer.js';

/** How one call is made. */
export interface CallOptions {
  /** Cancels the call when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Deadline from now, in milliseconds; default 30,000 for unary calls, none for streams. Infinity for none. */
  readonly timeoutMs?: number | undefined;
  /** Text metadata to send along, by lower-case name. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** A bidirectional call: whoever opens it reads `responses` or cancels it, or else it stays open. */
export interface BidiCall<I extends DescMessage, O extends DescMessage> {
  readonly requests: StreamWriter<Outgoing<I>>;
  /** To be read by one reader; leaving it early cancels the call. */
  readonly responses: AsyncIterable<MessageShape<O>>;
  /** Ends the call on both sides, `cancelled`. */
  cancel(): void;
}

type Request = Outgoing<DescMessage>;
type Response = MessageShape<DescMessage>;
type Definition = MethodDefinition<Request, Response>;

/** A streaming call of grpc-js, as far as its end is minded here. */
interface EndingCall extends Cancellable {
  on(event: 'metadata', listener: (headers: Metadata) => void): unknown;
  on(event: 'error', listener: (error: ServiceError) => void): unknown;
  on(event: 'status', listener: (status: StatusObject) => void): unknown;
}

/** One request, one response. */
export function callUnary(
  channel: Channel,
  definition: Definition,
  request: Request,
  options: CallOptions = {},
): Promise<Response> {
  return new Promise((resolve, reject) => {
    channel.checkStart(options.signal);
    const call = channel.grpc.makeUnaryRequest(
      definition.path,
      definition.requestSerialize,
      definition.responseDeserialize,
      request,
      toMetadata(options.metadata),
      channel.callOptions(options.timeoutMs ?? DEFAULT_UNARY_TIMEOUT_MS),
      (error, response) => {
        untie();
        if (response !== undefined) resolve(response);
        else reject(channel.errorOf(error));
      },
    );
    const untie = channel.tie(call, options.signal);
  });
}

/** One request, many responses; each iteration makes a call, and leaving it early cancels it. */
export function callServerStreaming(
  channel: Channel,
  definition: Definition,
  request: Request,
  options: CallOptions = {},
): AsyncIterable<Response> {
  const start = (): AsyncGenerator<Response, void, undefined> => {
    channel.checkStart(options.signal);
    const stream = channel.grpc.makeServerStreamRequest(
      definition.path,
      definition.requestSerialize,
      definition.responseDeserialize,
      request,
      toMetadata(options.metadata),
      channel.callOptions(options.timeoutMs ?? Infinity),
    );
    const end = endOf(stream, channel, options);
    return readMessages<Response>(stream, end, cancelUnlessEnded(stream, end));
  };
  return { [Symbol.asyncIterator]: start };
}

/** Many requests, one response. When the requests throw, the call is cancelled and fails with what they threw. */
export function callClientStreaming(
  channel: Channel,
  definition: Definition,
  requests: AsyncIterable<Request>,
  options: CallOptions = {},
): Promise<Response> {
  return new Promise((resolve, reject) => {
    channel.checkStart(options.signal);
    const end = new CallEnd();
    const stream = channel.grpc.makeClientStreamRequest(
      definition.path,
      definition.requestSerialize,
      definition.responseDeserialize,
      toMetadata(options.metadata),
      channel.callOptions(options.timeoutMs ?? Infinity),
      (error, response) => {
        end.end(response === undefined ? channel.errorOf(error) : undefined);
        if (response !== undefined) resolve(response);
        else reject(channel.errorOf(error));
      },
    );
    const untie = channel.tie(stream, options.signal);
    end.onEnd(untie);
    sendAll(requests, new StreamWriter<Request>(stream, end)).catch((thrown: unknown) => {
      // A write that failed because the call has ended says nothing new: the callback above has the reason.
      if (end.ended) return;
      reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
      stream.cancel();
    });
  });
}

/** Many requests, many responses, each side at its own pace. */
export function callBidi(
  channel: Channel,
  definition: Definition,
  options: CallOptions = {},
): BidiCall<DescMessage, DescMessage> {
  channel.checkStart(options.signal);
  const stream = channel.grpc.makeBidiStreamRequest(
    definition.path,
    definition.requestSerialize,
    definition.responseDeserialize,
    toMetadata(options.metadata),
    channel.callOptions(options.timeoutMs ?? Infinity),
  );
  const end = endOf(stream, channel, options);
  return {
    requests: new StreamWriter<Request>(stream, end),
    responses: readMessages<Response>(stream, end, cancelUnlessEnded(stream, end)),
    cancel: () => {
      stream.cancel();
    },
  };
}

function endOf(call: EndingCall, channel: Channel, options: CallOptions): CallEnd {
  const end = new CallEnd();
  // Always listened to: an `error` that nobody hears ends the process.
  call.on('error', (error) => {
    end.end(channel.errorOf(error));
  });
  call.on('status', () => {
    end.end();
  });
  end.onEnd(channel.tie(call, options.signal));
  return end;
}

function cancelUnlessEnded(call: Cancellable, end: CallEnd): () => void {
  return () => {
    if (!end.ended) call.cancel();
  };
}

async function sendAll(requests: AsyncIterable<Request>, writer: StreamWriter<Request>): Promise<void> {
  for await (const request of requests) await writer.write(request);
  writer.end();
}
