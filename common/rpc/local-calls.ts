import { create, fromBinary } from '@bufbuild/protobuf';
import type { DescMessage, DescMethod, Message, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { Caller } from '../model/caller.js';
import { HeadframeError } from '../model/error.js';
import type { CallContext, CallRequest } from './call-context.js';
import type { Admission, CallGate } from './call-gate.js';
import { methodPath } from './definition.js';
import type { Outgoing } from './definition.js';
import type {
  AnyHandler,
  BidiHandler,
  ClientStreamingHandler,
  ServerStreamingHandler,
  UnaryHandler,
} from './implementation.js';
import { ServerCall } from './server-call.js';
import type { ServerCallEnvironment } from './server-call.js';

/** A method that answers one request, once or as a stream. */
type MethodOf<Kind, I extends DescMessage, O extends DescMessage> = DescMethod & {
  readonly methodKind: Kind;
  readonly input: I;
  readonly output: O;
};

/** A call that was let in, and may be made once. */
export interface LocalAdmission {
  readonly request: CallRequest;
  readonly caller: Caller;
  /** Gives back what it was permitted to hold where it is not made after all; again changes nothing. */
  leave(): void;
}

/** How long a call may take, and what ends it before. */
export interface LocalCallOptions {
  readonly signal: AbortSignal;
  /** In milliseconds; without it there is no limit. */
  readonly timeoutMs?: number | undefined;
}

type Environment = Omit<ServerCallEnvironment, 'admissionOf'>;

/**
 * Calls of a server's methods from inside its process, for those who speak another protocol: judged, limited, recorded,
 * counted and ended as if they had come over gRPC.
 */
export class LocalCalls {
  readonly #gate: Pick<CallGate, 'admit'>;
  readonly #environment: Environment;
  readonly #handlers = new Map<string, AnyHandler>();
  /** Messages by their encodings, which serve many: read once, and let go where there is no room, as they are the larger. */
  readonly #read = new WeakMap<Uint8Array, WeakRef<Message>>();

  constructor(gate: Pick<CallGate, 'admit'>, environment: Environment) {
    this.#gate = gate;
    this.#environment = environment;
  }

  /** Has calls of the method answered by the handler. */
  add(method: DescMethod, handler: AnyHandler): void {
    this.#handlers.set(methodPath(method), handler);
  }

  /**
   * Lets a call in, by who makes it and what they may do, before anything of its request is looked at. Throws
   * `HeadframeError` as whoever calls may read it.
   */
  admit(request: Omit<CallRequest, 'method'>, method: DescMethod): LocalAdmission {
    const full = { ...request, method: methodPath(method) };
    const { caller, leave } = this.#gate.admit(full);
    let isThere = true;
    const leaveOnce = (): void => {
      if (isThere) leave();
      isThere = false;
    };
    const admission: Admission = { request: full, caller, leave: leaveOnce, received: nothing, failed: nothing };
    return admission;
  }

  /** Makes a call that was let in. Throws `HeadframeError` as the caller may read it. */
  async call<I extends DescMessage, O extends DescMessage>(
    admission: LocalAdmission,
    method: MethodOf<'unary', I, O>,
    init: MessageInitShape<I>,
    options: LocalCallOptions,
  ): Promise<MessageShape<O>> {
    // The server was given a handler of the method's kind.
    const handler = this.#handlerOf(admission, method) as UnaryHandler<I, O>;
    const call = this.#open(admission, method, options);
    let answer: Outgoing<O> | undefined;
    const answered = call.run(async () => {
      const request = create(method.input, init);
      await call.begin(request);
      answer = await handler(request, call.context);
      return () => undefined;
    });
    await Promise.race([answered, ended(call)]);
    if (call.end.error !== undefined || answer === undefined) throw call.end.error ?? unanswered();
    return this.#messageOf(method.output, answer);
  }

  /** Makes a call that sends a stream, which is read as fast as it is taken. Throws `HeadframeError` likewise. */
  async send<I extends DescMessage, O extends DescMessage>(
    admission: LocalAdmission,
    method: MethodOf<'client_streaming', I, O>,
    inits: AsyncIterable<MessageInitShape<I>>,
    options: LocalCallOptions,
  ): Promise<MessageShape<O>> {
    // As above.
    const handler = this.#handlerOf(admission, method) as ClientStreamingHandler<I, O>;
    const call = this.#open(admission, method, options);
    let answer: Outgoing<O> | undefined;
    const answered = call.run(async () => {
      answer = await handler(requestsOf(call, method.input, inits), call.context);
      return () => undefined;
    });
    await Promise.race([answered, ended(call)]);
    if (call.end.error !== undefined || answer === undefined) throw call.end.error ?? unanswered();
    return this.#messageOf(method.output, answer);
  }

  /**
   * Makes a call that answers with a stream; to leave it early ends the call. Others may be given the same messages, so that
   * nobody changes them. Throws `HeadframeError` likewise.
   */
  stream<I extends DescMessage, O extends DescMessage>(
    admission: LocalAdmission,
    method: MethodOf<'server_streaming', I, O>,
    init: MessageInitShape<I>,
    options: LocalCallOptions,
  ): AsyncGenerator<MessageShape<O>, void, undefined> {
    const read = (answer: Outgoing<O>): MessageShape<O> => this.#messageOf(method.output, answer);
    return answersOf(read, () => {
      // As above; those that are handed a writer are for gRPC alone.
      const handler = this.#handlerOf(admission, method) as ServerStreamingHandler<I, O>;
      const call = this.#open(admission, method, options);
      const request = create(method.input, init);
      return { call, answers: () => call.begin(request).then(() => handler(request, call.context)) };
    });
  }

  /** Makes a call that both sends and answers with a stream; else as `stream`. Throws `HeadframeError` likewise. */
  talk<I extends DescMessage, O extends DescMessage>(
    admission: LocalAdmission,
    method: MethodOf<'bidi_streaming', I, O>,
    inits: AsyncIterable<MessageInitShape<I>>,
    options: LocalCallOptions,
  ): AsyncGenerator<MessageShape<O>, void, undefined> {
    const read = (answer: Outgoing<O>): MessageShape<O> => this.#messageOf(method.output, answer);
    return answersOf(read, () => {
      // As above.
      const handler = this.#handlerOf(admission, method) as BidiHandler<I, O>;
      const call = this.#open(admission, method, options);
      const requests = requestsOf(call, method.input, inits);
      return { call, answers: () => Promise.resolve(handler(requests, call.context)) };
    });
  }

  /**
   * Makes a call that was let in where what is answered goes by another way than messages: `work` does what its handler would, and
   * ends with it. Throws `HeadframeError` likewise.
   */
  async serve<I extends DescMessage>(
    admission: LocalAdmission,
    method: DescMethod & { readonly input: I },
    init: MessageInitShape<I>,
    { work, ...options }: LocalCallOptions & { readonly work: (context: CallContext) => Promise<void> },
  ): Promise<void> {
    this.#handlerOf(admission, method);
    const call = this.#open(admission, method, options);
    await call.run(async () => {
      await call.begin(create(method.input, init));
      await work(call.context);
      return () => undefined;
    });
    if (call.end.error !== undefined) throw call.end.error;
  }

  #messageOf<O extends DescMessage>(schema: O, answer: Outgoing<O>): MessageShape<O> {
    if (!(answer instanceof Uint8Array)) return create(schema, answer);
    // An encoding is that of one kind of message.
    const known = this.#read.get(answer)?.deref() as MessageShape<O> | undefined;
    if (known !== undefined) return known;
    const message = fromBinary(schema, answer);
    this.#read.set(answer, new WeakRef(message));
    return message;
  }

  #handlerOf({ request }: LocalAdmission, method: DescMethod): AnyHandler {
    const path = methodPath(method);
    const handler = this.#handlers.get(path);
    if (handler === undefined || request.method !== path) throw new Error(`${path} was not let in, or is not served`);
    return handler;
  }

  #open(admission: LocalAdmission, method: DescMethod, { signal, timeoutMs }: LocalCallOptions): ServerCall {
    const { clock } = this.#environment;
    const deadlineMs = timeoutMs === undefined ? Infinity : clock.nowMs() + timeoutMs;
    let forget = nothing;
    const surface = {
      metadata: admission,
      getDeadline: () => deadlineMs,
      sendMetadata: nothing,
      on: (_event: 'cancelled', listener: () => void) => {
        signal.addEventListener('abort', listener, { once: true });
        forget = () => {
          signal.removeEventListener('abort', listener);
        };
      },
    };
    const streaming = method.methodKind !== 'unary';
    const parts = { method: methodPath(method), streaming, sendError: () => undefined };
    // Only `admit` makes them.
    const admissionOf = (made: object): Admission => made as Admission;
    const call = new ServerCall(surface, parts, { ...this.#environment, admissionOf });
    // The signal may be that of many calls.
    call.end.onEnd(forget);
    if (signal.aborted) call.stop(left());
    return call;
  }
}

function nothing(): void {
  // There is no connection of its own to be told.
}

/** A call that was opened, and what its handler answers. */
interface OpenedCall<O extends DescMessage> {
  readonly call: ServerCall;
  readonly answers: () => Promise<AsyncIterable<Outgoing<O>>>;
}

/** What a handler answers until its call is over, one way or the other; the call is opened when the first answer is asked for. */
async function* answersOf<O extends DescMessage>(
  read: (answer: Outgoing<O>) => MessageShape<O>,
  open: () => OpenedCall<O>,
): AsyncGenerator<MessageShape<O>, void, undefined> {
  const { call, answers } = open();
  let finish: (last: () => void) => void = () => undefined;
  const finished = new Promise<() => void>((resolve) => (finish = resolve));
  const settled = call.run(async () => {
    const last = await finished;
    last();
    return last;
  });
  try {
    // In place: each generator more is some turns of the microtask queue for each answer.
    for await (const answer of isOver(call) ? [] : await answers()) {
      if (isOver(call)) break;
      yield read(answer);
    }
    finish(() => undefined);
    await settled;
  } catch (error) {
    finish(() => {
      throw error;
    });
    await settled;
  } finally {
    // Changes nothing where it is over.
    call.stop(left());
  }
  if (call.end.error !== undefined) throw call.end.error;
}

function isOver({ end }: ServerCall): boolean {
  return end.error !== undefined;
}

/** The first is recorded as that of a call over gRPC is. */
async function* requestsOf<I extends DescMessage>(
  call: ServerCall,
  schema: I,
  inits: AsyncIterable<MessageInitShape<I>>,
): AsyncGenerator<MessageShape<I>, void, undefined> {
  let isFirst = true;
  for await (const init of inits) {
    const request = create(schema, init);
    if (isFirst) await call.begin(request);
    isFirst = false;
    if (call.end.error !== undefined) throw call.end.error;
    yield request;
  }
}

function ended(call: ServerCall): Promise<void> {
  return new Promise((resolve) => {
    call.end.onEnd(resolve);
  });
}

function left(): HeadframeError {
  return new HeadframeError({ code: 'cancelled', reason: 'cancelled', message: 'the client has left the call' });
}

function unanswered(): Error {
  return new Error('a call has ended well without an answer');
}
