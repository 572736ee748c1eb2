import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { DescService } from '@bufbuild/protobuf';
import type { Socket } from 'node:net';
import type { Clock } from '../model/clock.js';
import { LOCAL_CALLER } from '../model/caller.js';
import type { Caller } from '../model/caller.js';
import { HeadframeError } from '../model/error.js';
import type { CallAudit } from './call-audit.js';
import type { Authorize, CallFailure, EndedCall, Permit, Prepare, StoppableCall } from './call-context.js';
import { methodPath, toServiceDefinition } from './definition.js';
import type { RequestDecoder } from './definition.js';
import type { AnyHandler, ServiceImplementation } from './implementation.js';
import type { ConnectionLimits } from './connection-caps.js';
import { Listener } from './listener.js';
import { DEFAULT_CONNECTIONS, DEFAULT_MAX_MESSAGE_BYTES, KEEPALIVE_MS, REQUEST_MS, STALL_MS } from './limits.js';
import { CallGate } from './call-gate.js';
import type { HandOn } from './hand-on.js';
import type { HandedConnection } from './handed-connection.js';
import { LocalCalls } from './local-calls.js';
import type { Admission } from './call-gate.js';
import { newestHttp2Server } from './http2-server.js';
import type { CoordinatorOf } from './on-behalf.js';
import { SessionGuards } from './session-guards.js';
import type { StrangerLimits } from './session-guard.js';
import type { ServerCallEnvironment } from './server-call.js';
import { grpcHandler } from './server-handler.js';
import type { RefusedConnection, ServerSecurity } from './security.js';

/** What an RpcServer needs and how it is bounded. */
export interface RpcServerOptions {
  readonly clock: Clock;
  /** Makes the id of a call whose client sent none. */
  readonly newRequestId: () => string;
  /** Told of each unforeseen error, whose inside the client does not see. */
  readonly onUnforeseen: (failure: CallFailure) => void;
  /** Told of each call that has ended. */
  readonly onEnded?: ((call: EndedCall) => void) | undefined;
  /** Says who makes a call, before its handler runs; without it everybody is `LOCAL_CALLER`. */
  readonly authorize?: Authorize | undefined;
  /** Says whether that caller may make the call; without it everybody may. */
  readonly permit?: Permit | undefined;
  /** Why no call of that method (its path) is taken at this moment; without it, or where it has nothing to say, they are. */
  readonly refuses?: ((method: string) => HeadframeError | undefined) | undefined;
  /** Says who may hand on the calls of others; without it nobody may. */
  readonly coordinatorOf?: CoordinatorOf | undefined;
  /** What other coordinators are told as this one's revision; without it they are told none. */
  readonly revision?: (() => number) | undefined;
  /** Hands on what is not served here; without it nothing is. */
  readonly handOn?: HandOn | undefined;
  /** Called before the handlers of calls with one request. */
  readonly prepare?: Prepare | undefined;
  /** Records calls before and after; without it none are. */
  readonly audit?: CallAudit | undefined;
  /** Told of each connection that was dropped before a call could be made on it. */
  readonly onRefused?: ((refused: RefusedConnection) => void) | undefined;
  /** At each address that is listened on; default 50,000, and 1,000 from one address. */
  readonly connections?: ConnectionLimits | undefined;
  /** In bytes; default 4 MiB. */
  readonly maxReceiveBytes?: number | undefined;
  /** In bytes; default 4 MiB. */
  readonly maxSendBytes?: number | undefined;
  /** Calls open at once on one connection; default 1000. */
  readonly maxConcurrentStreams?: number | undefined;
  /** What a connection may do until somebody known has made a call on it; default 20 s and 256 KiB. */
  readonly strangers?: StrangerLimits | undefined;
  /** Time until the whole of a single request is there, in milliseconds; default one minute. */
  readonly requestMs?: number | undefined;
  /** How long an answer of a stream may wait to be read, in milliseconds; default ten minutes. */
  readonly stallMs?: number | undefined;
}

/** Serves typed gRPC services on any number of addresses until it is shut down. */
export class RpcServer {
  /** What has been added so far. */
  readonly services: DescService[] = [];
  /** The same methods, for those in this process who serve them by another protocol. */
  readonly local: LocalCalls;
  readonly #options: RpcServerOptions;
  readonly #gate: CallGate;
  readonly #server: Server;
  readonly #listeners: Listener[] = [];
  readonly #calls = new Set<StoppableCall>();
  #stopping: HeadframeError | undefined;
  #shutdown: Promise<void> | undefined;

  constructor(options: RpcServerOptions) {
    this.#options = options;
    this.#gate = gateOf(options);
    this.local = new LocalCalls(this.#gate, this.#environment());
    this.#server = new Server({
      interceptors: [this.#gate.interceptor],
      'grpc.max_receive_message_length': options.maxReceiveBytes ?? DEFAULT_MAX_MESSAGE_BYTES,
      'grpc.max_send_message_length': options.maxSendBytes ?? DEFAULT_MAX_MESSAGE_BYTES,
      'grpc.max_concurrent_streams': options.maxConcurrentStreams ?? 1000,
      'grpc.keepalive_time_ms': KEEPALIVE_MS,
      'grpc.keepalive_timeout_ms': 20_000,
      'grpc.enable_channelz': 0,
    });
  }

  /** Adds a service; before `listen`. */
  add<Service extends DescService>(service: Service, implementation: ServiceImplementation<Service>): this {
    const environment = this.#environment();
    const decoders = new Map<string, RequestDecoder>();
    const handlers = service.methods.map((method) => {
      // The mapped type guarantees a handler of the right kind under each local name.
      const handler: AnyHandler = implementation[method.localName as keyof Service['method']];
      if (typeof handler !== 'function' && handler.decode !== undefined) decoders.set(method.localName, handler.decode);
      this.#gate.addMethod(methodPath(method));
      this.local.add(method, bound(handler, implementation));
      return [method.localName, grpcHandler(method, bound(handler, implementation), environment)] as const;
    });
    this.services.push(service);
    this.#server.addService(toServiceDefinition(service, decoders), Object.fromEntries(handlers));
    return this;
  }

  /** Listens on `host:port` (port 0 picks one) or `unix:/path`; resolves with the address that clients can use. */
  async listen(address: string, security: ServerSecurity): Promise<string> {
    // The listener has made it secure already.
    const injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    const { clock, strangers, onRefused = () => undefined, connections = DEFAULT_CONNECTIONS } = this.#options;
    const http2 = newestHttp2Server(this.#server);
    const guards = new SessionGuards(http2, { gate: this.#gate, clock, strangers, onRefused });
    const onConnection = (socket: Socket): void => {
      guards.enter(socket, () => {
        injector.injectConnection(socket);
      });
    };
    const listener = new Listener({ clock, security, limits: connections, onConnection, onRefused });
    const bound = await listener.listen(address).catch((cause: unknown) => {
      throw listenError(address, cause);
    });
    this.#listeners.push(listener);
    return bound;
  }

  /** From now on has connections of another protocol, which coordinators hand on, served. */
  takeConnections(serve: (connection: HandedConnection) => void): void {
    this.#gate.takeConnection = serve;
  }

  /** Ends the streaming calls for whose caller, and method by its path, `why` has an error, which is their status. */
  endStreams(why: (caller: Caller, method: string) => HeadframeError | undefined): void {
    for (const call of [...this.#calls]) {
      const error = call.streaming && call.caller !== undefined ? why(call.caller, call.method) : undefined;
      if (error !== undefined) call.stop(error);
    }
  }

  /**
   * Takes no new connections, ends streaming calls at once with `unavailable`, lets the others finish for `graceMs`
   * milliseconds, then ends them too and drops the connections. Always resolves; a second call joins the first.
   */
  shutdown(graceMs: number): Promise<void> {
    this.#shutdown ??= this.#shutDown(graceMs);
    return this.#shutdown;
  }

  #environment(): ServerCallEnvironment {
    const { clock, onUnforeseen, onEnded = () => undefined, audit, prepare, stallMs = STALL_MS } = this.#options;
    const admit = (call: StoppableCall): (() => void) => {
      this.#calls.add(call);
      return () => this.#calls.delete(call);
    };
    const admissionOf = (metadata: object): Admission => this.#gate.admissionOf(metadata);
    return { clock, onUnforeseen, onEnded, admissionOf, audit, prepare, stallMs, admit, refusal: () => this.#stopping };
  }

  async #shutDown(graceMs: number): Promise<void> {
    const stopping = shuttingDownError();
    this.#stopping = stopping;
    for (const listener of this.#listeners) listener.close();
    const drained = new Promise<void>((resolve) => {
      // Its error says only that the server never listened.
      this.#server.tryShutdown(() => {
        resolve();
      });
    });
    for (const call of this.#calls) if (call.streaming) call.stop(stopping);
    if (await this.#within(drained, graceMs)) return;
    for (const call of this.#calls) call.stop(stopping);
    // The last statuses need a moment to leave before their connections are destroyed.
    await this.#within(drained, LAST_WORDS_MS);
    this.#server.forceShutdown();
    // A connection whose other side has fallen silent may take minutes to notice.
    await this.#within(drained, LAST_WORDS_MS);
  }

  #within(done: Promise<void>, ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.setTimer(() => {
        resolve(false);
      }, ms);
      void done.then(() => {
        cancel();
        resolve(true);
      });
    });
  }
}

function gateOf(options: RpcServerOptions): CallGate {
  const nothing = (): void => undefined;
  const { clock, newRequestId, onUnforeseen, onEnded = nothing, onRefused = nothing, audit } = options;
  const { authorize = () => LOCAL_CALLER, permit = () => nothing, requestMs = REQUEST_MS } = options;
  const { refuses = () => undefined, coordinatorOf = () => undefined, handOn, revision } = options;
  const told = { onUnforeseen, onEnded, onRefused };
  return new CallGate({
    ...told,
    clock,
    newRequestId,
    authorize,
    permit,
    refuses,
    coordinatorOf,
    revision,
    handOn,
    audit,
    requestMs,
  });
}

/** Lets a class with methods serve as implementation. */
function bound(handler: AnyHandler, implementation: object): AnyHandler {
  // `bind` takes no parameter away, it only forgets which member of the union it was given.
  return typeof handler === 'function' ? (handler.bind(implementation) as AnyHandler) : handler;
}

const LAST_WORDS_MS = 200;

function shuttingDownError(): HeadframeError {
  const remedy = 'Try again; another server or this one will answer soon.';
  const message = 'the server is shutting down';
  return new HeadframeError({ code: 'unavailable', reason: 'server_shutting_down', message, remedy });
}

function listenError(address: string, cause: unknown): HeadframeError {
  const message = `cannot listen on ${address}: ${cause instanceof Error ? cause.message : String(cause)}`;
  const remedy = 'Choose another address, or stop what uses this one.';
  return new HeadframeError({ code: 'unavailable', reason: 'listen_failed', message, remedy, cause });
}
