import type { DescMessage, DescMethod, MessageShape } from '@bufbuild/protobuf';
import type {
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  UntypedHandleCall,
  sendUnaryData,
} from '@grpc/grpc-js';
import { HeadframeError } from '../model/error.js';
import { checkMessage, methodPath } from './definition.js';
import type { Outgoing } from './definition.js';
import type {
  AnyHandler,
  BidiHandler,
  ClientStreamingHandler,
  ServerStreamingHandler,
  UnaryHandler,
  WriterHandler,
} from './implementation.js';
import { ServerCall } from './server-call.js';
import type { ServerCallEnvironment, ServerSurface } from './server-call.js';
import { readMessages } from './stream.js';
import type { MessageSource } from './stream.js';
import { StreamWriter } from './stream-writer.js';
import type { MessageSink } from './stream-writer.js';

type Desc = DescMessage;
type Incoming = MessageShape<Desc>;
type Responses = StreamWriter<Outgoing<Desc>>;
type Answer = sendUnaryData<Outgoing<Desc>>;
type ResponseStream = ServerSurface & MessageSink<Outgoing<Desc>> & { emit(event: 'error', error: unknown): boolean };

/** Makes the function that grpc-js calls for each call of the method. The handler must be of the method's kind. */
export function grpcHandler(
  method: DescMethod,
  handler: AnyHandler,
  environment: ServerCallEnvironment,
): UntypedHandleCall {
  switch (method.methodKind) {
    case 'unary':
      // ServiceImplementation has matched handler and kind already; the union forgot which is which.
      return serveUnary(method, handler as UnaryHandler<Desc, Desc>, environment);
    case 'client_streaming':
      // as above
      return serveClientStreaming(method, handler as ClientStreamingHandler<Desc, Desc>, environment);
    case 'server_streaming':
      return serveServerStreaming(
        method,
        // as above
        handler as ServerStreamingHandler<Desc, Desc> | WriterHandler<Incoming, Desc>,
        environment,
      );
    case 'bidi_streaming':
      return serveBidi(
        method,
        // as above
        handler as BidiHandler<Desc, Desc> | WriterHandler<AsyncIterable<Incoming>, Desc>,
        environment,
      );
  }
}

function serveUnary(method: DescMethod, handler: UnaryHandler<Desc, Desc>, environment: ServerCallEnvironment) {
  return (surface: ServerUnaryCall<Incoming, Outgoing<Desc>>, answer: Answer): void => {
    const call = answeredCall(method, surface, answer, environment);
    void call.run(async () => {
      const request = checkMessage(surface.request);
      await call.begin(request);
      const response = await handler(request, call.context);
      return () => {
        answer(null, response);
      };
    });
  };
}

function serveClientStreaming(
  method: DescMethod,
  handler: ClientStreamingHandler<Desc, Desc>,
  environment: ServerCallEnvironment,
) {
  return (surface: ServerReadableStream<Incoming, Outgoing<Desc>>, answer: Answer): void => {
    const call = answeredCall(method, surface, answer, environment);
    void call.run(async () => {
      const response = await handler(requestsOf(surface, call), call.context);
      return () => {
        answer(null, response);
      };
    });
  };
}

function serveServerStreaming(
  method: DescMethod,
  handler: ServerStreamingHandler<Desc, Desc> | WriterHandler<Incoming, Desc>,
  environment: ServerCallEnvironment,
) {
  return (surface: ServerWritableStream<Incoming, Outgoing<Desc>>): void => {
    serveResponses(method, surface, environment, async (call, responses) => {
      const request = checkMessage(surface.request);
      await call.begin(request);
      if (typeof handler !== 'function') await handler.withWriter(request, responses, call.context);
      else await sendAll(handler(request, call.context), responses);
    });
  };
}

function serveBidi(
  method: DescMethod,
  handler: BidiHandler<Desc, Desc> | WriterHandler<AsyncIterable<Incoming>, Desc>,
  environment: ServerCallEnvironment,
) {
  return (surface: ServerDuplexStream<Incoming, Outgoing<Desc>>): void => {
    serveResponses(method, surface, environment, (call, responses) => {
      const requests = requestsOf(surface, call);
      if (typeof handler !== 'function') return handler.withWriter(requests, responses, call.context);
      return sendAll(handler(requests, call.context), responses);
    });
  };
}

function serveResponses(
  method: DescMethod,
  surface: ResponseStream,
  environment: ServerCallEnvironment,
  handle: (call: ServerCall, responses: Responses) => Promise<void>,
): void {
  // The stream's own error listener sends the status; `destroy` would send none and leave the client waiting.
  const sendError = (status: unknown): unknown => surface.emit('error', status);
  const call = new ServerCall(surface, { method: methodPath(method), streaming: true, sendError }, environment);
  const onStalled = (): void => {
    call.stop(slowReaderError());
  };
  const { clock, stallMs } = environment;
  const responses: Responses = new StreamWriter(surface, call.end, { stall: { clock, stallMs, onStalled } });
  void call.run(async () => {
    await handle(call, responses);
    await responses.flush();
    return () => surface.end();
  });
}

function slowReaderError(): HeadframeError {
  const message = 'the answers of the call were not read for too long';
  const remedy = 'Ask again, and read what comes.';
  return new HeadframeError({ code: 'resource_exhausted', reason: 'slow_reader', message, remedy });
}

function answeredCall(
  method: DescMethod,
  surface: ServerSurface,
  answer: Answer,
  environment: ServerCallEnvironment,
): ServerCall {
  const parts = {
    method: methodPath(method),
    streaming: false,
    sendError: (status: Parameters<Answer>[0]) => answer(status),
  };
  return new ServerCall(surface, parts, environment);
}

async function sendAll(messages: AsyncIterable<Outgoing<Desc>>, responses: Responses): Promise<void> {
  for await (const message of messages) await responses.write(message);
}

function requestsOf(source: MessageSource<Incoming>, call: ServerCall): AsyncIterable<Incoming> {
  // A handler that stops reading has not ended its call: it may still answer.
  const requests = readMessages(source, call.end, () => undefined);
  return call.isRecorded ? recordFirst(requests, call) : requests;
}

async function* recordFirst(requests: AsyncIterable<Incoming>, call: ServerCall): AsyncGenerator<Incoming> {
  let isFirst = true;
  for await (const request of requests) {
    if (isFirst) await call.begin(request);
    isFirst = false;
    yield request;
  }
}
