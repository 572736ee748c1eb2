import { ServerInterceptingCall } from '@grpc/grpc-js';
import type { ServerInterceptor } from '@grpc/grpc-js';
import { constants } from 'node:http2';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { NO_CREDENTIAL } from '../model/caller.js';
import type { Caller } from '../model/caller.js';
import type { Clock } from '../model/clock.js';
import { HeadframeError, toHeadframeError } from '../model/error.js';
import type { CallAudit } from './call-audit.js';
import type { Authorize, CallFailure, CallRequest, EndedCall, Permit } from './call-context.js';
import { areTooLarge, callRequestOf, pathOf } from './call-request.js';
import { tellLetIn } from './hand-on.js';
import type { HandOn } from './hand-on.js';
import type { StreamListener } from './http2-server.js';
import { CONNECTION_PATH, takeConnection } from './handed-connection.js';
import type { HandedConnection } from './handed-connection.js';
import { REVISION_PATH, tellRevision } from './handed-question.js';
import { asItWasMade, isOnBehalf, onBehalfRefused } from './on-behalf.js';
import type { CoordinatorOf } from './on-behalf.js';
import { refuseStream } from './refuse-stream.js';
import type { RefusedConnection } from './security.js';
import type { SessionGuard } from './session-guard.js';
import { hideUnforeseen } from './unforeseen.js';

/** A call that was let in by what its headers say. */
export interface Admission {
  readonly request: CallRequest;
  readonly caller: Caller;
  /** Its request is there, or is a stream: nothing is waited for any more. */
  received(): void;
  /** Gives back what the call was permitted to hold; again changes nothing. */
  leave(): void;
  /** Its failure was told: whoever does not read it has so long, then the call goes from the connection. */
  failed(): void;
}

/** Who is asked and told of calls. */
export interface CallGateParts {
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly newRequestId: () => string;
  readonly authorize: Authorize;
  readonly permit: Permit;
  /** Why no call of that method is taken at this moment; undefined where they are. */
  readonly refuses: (method: string) => HeadframeError | undefined;
  /** Who hands on calls that others made. */
  readonly coordinatorOf: CoordinatorOf;
  /** What other coordinators are told as this one's revision; undefined where they are told none. */
  readonly revision: (() => number) | undefined;
  /** Hands calls on that are not served here; undefined where there is nobody to hand them to. */
  readonly handOn: HandOn | undefined;
  readonly audit: CallAudit | undefined;
  readonly onUnforeseen: (failure: CallFailure) => void;
  readonly onEnded: (call: EndedCall) => void;
  readonly onRefused: (refused: RefusedConnection) => void;
  /** Time until the whole of a single request is there, in milliseconds. */
  readonly requestMs: number;
}

/** What whoever has proven nothing may send in one call: a join is a hundredth of it. In bytes. */
const STRANGER_MESSAGE_BYTES = 64 * 1024;
/** Time for the status of a failed call to be read, in milliseconds. */
const LINGER_MS = 10_000;

/** Judges each call by its headers, before a byte of its message is read, and hands those that are let in to grpc-js. */
export class CallGate {
  readonly #parts: CallGateParts;
  readonly #methods = new Set<string>();
  /** By the metadata that grpc-js makes of the headers: the only thing that a call has from there to its handler. */
  readonly #admissions = new WeakMap<object, Admission>();
  #entering: Admission | undefined;
  /** Serves connections of another protocol that coordinators hand on; undefined where none are taken. */
  takeConnection: ((connection: HandedConnection) => void) | undefined;

  constructor(parts: CallGateParts) {
    this.#parts = parts;
  }

  /** Ties what was decided to the call that grpc-js makes of it. */
  readonly interceptor: ServerInterceptor = (_method, call) => {
    const admission = this.#entering;
    return new ServerInterceptingCall(call, {
      start: (next) => {
        next({
          onReceiveMetadata: (metadata, pass) => {
            if (admission !== undefined) this.#admissions.set(metadata, admission);
            pass(metadata);
          },
        });
      },
    });
  };

  /** Lets calls of this method in, if they may. */
  addMethod(path: string): void {
    this.#methods.add(path);
  }

  /** What was decided about the call with that metadata. */
  admissionOf(metadata: object): Admission {
    const admission = this.#admissions.get(metadata);
    if (admission === undefined) throw new Error('a call has come in past the gate');
    return admission;
  }

  /** Takes a call; `serve` hands it to grpc-js. */
  enter(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, guard: SessionGuard, serve: StreamListener): void {
    // Whatever befalls a stream is told by its end as well.
    stream.on('error', () => undefined);
    stream.once('aborted', () => {
      guard.trouble('reset');
      // One that is reset without an error would go on until all that it has sent is read.
      setImmediate(() => stream.destroy());
    });
    const method = pathOf(headers);
    if (areTooLarge(headers)) this.#turnAway(stream, guard, headersTooLarge());
    else if (method === CONNECTION_PATH) this.#enterConnection(stream, headers, guard);
    else if (method === REVISION_PATH) this.#tellRevision(stream, headers, guard);
    else if (this.#parts.handOn?.takes(method) === true) this.#handOn(this.#parts.handOn, stream, headers, guard);
    else if (!this.#methods.has(method))
      this.#enterUnknown(stream, guard, { method, serve: () => serve(stream, headers) });
    else {
      const admission = this.#judge(stream, this.#requestOf(headers, guard), guard);
      if (admission !== undefined) this.#serve(admission, () => serve(stream, headers));
    }
  }

  #enterConnection(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, guard: SessionGuard): void {
    const { method, peer, via, isPrivate } = this.#requestOf(headers, guard);
    const refused = via === undefined ? onBehalfRefused() : this.#parts.refuses(method);
    if (via === undefined || refused !== undefined || this.takeConnection === undefined) {
      this.#turnAway(stream, guard, refused ?? connectionUnserved());
      return;
    }
    takeConnection(stream);
    this.takeConnection({ stream, peer, via, isPrivate });
  }

  #tellRevision(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, guard: SessionGuard): void {
    const { method, via } = this.#requestOf(headers, guard);
    // Looked at before it is asked whether this one may still answer: nobody else had acknowledged anything by then.
    const revision = this.#parts.revision?.();
    const refused = via === undefined ? onBehalfRefused() : this.#parts.refuses(method);
    if (refused !== undefined || revision === undefined) this.#turnAway(stream, guard, refused ?? connectionUnserved());
    else tellRevision(stream, revision);
  }

  /** As whoever made it made it. */
  #requestOf(headers: IncomingHttpHeaders, guard: SessionGuard): CallRequest {
    const { newRequestId, coordinatorOf } = this.#parts;
    const request = asItWasMade(callRequestOf(headers, guard, newRequestId), coordinatorOf);
    if (request.via !== undefined) guard.trust();
    return request;
  }

  #handOn(handOn: HandOn, stream: ServerHttp2Stream, headers: IncomingHttpHeaders, guard: SessionGuard): void {
    const request = this.#requestOf(headers, guard);
    const refused = (): void => {
      guard.trouble('refused');
    };
    try {
      // What was handed on once is not again: two that take each other for the leader would go on for ever.
      if (request.via !== undefined) throw handOn.refusal();
      const caller = handOn.authorize(request);
      if (isOnBehalf(request.metadata)) throw onBehalfRefused();
      const isKnown = caller.credential !== NO_CREDENTIAL;
      if (isKnown) guard.prove();
      const letIn = (known: boolean): void => {
        if (known) guard.prove();
        else this.#boundMessage(stream, guard);
      };
      handOn.carry({ stream, headers, request, letIn, refused });
    } catch (thrown) {
      refuseStream(stream, hideUnforeseen(thrown, request, this.#parts.onUnforeseen));
      refused();
    }
  }

  /** grpc-js answers that it has no such method, unless there is more to say. */
  #enterUnknown(stream: ServerHttp2Stream, guard: SessionGuard, call: { method: string; serve: () => void }): void {
    const refused = this.#parts.refuses(call.method);
    if (refused !== undefined) {
      this.#turnAway(stream, guard, refused);
      return;
    }
    this.#note(guard, 'unknown_method');
    if (!stream.destroyed) call.serve();
  }

  #serve(admission: Admission, serve: () => void): void {
    // grpc-js calls the interceptor before it gives control back.
    this.#entering = admission;
    try {
      serve();
    } finally {
      this.#entering = undefined;
    }
  }

  /** Asks who calls and whether they may. Throws `HeadframeError` as the caller may read it, once that is recorded. */
  admit(request: CallRequest): Pick<Admission, 'request' | 'caller' | 'leave'> {
    const { authorize, permit, audit, onEnded, onUnforeseen } = this.#parts;
    const refused = this.#parts.refuses(request.method);
    if (refused !== undefined) throw refused;
    let caller: Caller | undefined;
    try {
      caller = authorize(request);
      if (isOnBehalf(request.metadata)) throw onBehalfRefused();
      return { request, caller, leave: permit(caller, request) };
    } catch (thrown) {
      const error = hideUnforeseen(thrown, request, onUnforeseen);
      audit?.refused(request, toHeadframeError(thrown), caller);
      onEnded({ method: request.method, code: error.code, durationMs: 0 });
      throw error;
    }
  }

  #judge(stream: ServerHttp2Stream, request: CallRequest, guard: SessionGuard): Admission | undefined {
    try {
      return this.#enter(stream, this.admit(request), guard);
    } catch (error) {
      refuseStream(stream, toHeadframeError(error));
      guard.trouble('refused');
      return undefined;
    }
  }

  #enter(
    stream: ServerHttp2Stream,
    { request, caller, leave }: Pick<Admission, 'request' | 'caller' | 'leave'>,
    guard: SessionGuard,
  ): Admission {
    if (caller.credential !== NO_CREDENTIAL) guard.prove();
    else this.#boundMessage(stream, guard);
    if (request.via !== undefined) tellLetIn(stream, caller);
    const { clock, requestMs } = this.#parts;
    const received = clock.setTimer(() => {
      this.#turnAway(stream, guard, requestTooSlow());
    }, requestMs);
    let hasLeft = false;
    const leaveOnce = (): void => {
      if (!hasLeft) leave();
      hasLeft = true;
    };
    stream.once('close', () => {
      received();
      leaveOnce();
    });
    const failed = (): void => {
      if (stream.destroyed) return;
      const stop = clock.setTimer(() => {
        stream.close(constants.NGHTTP2_CANCEL);
      }, LINGER_MS);
      stream.once('close', stop);
    };
    return { request, caller, received, leave: leaveOnce, failed };
  }

  #boundMessage(stream: ServerHttp2Stream, guard: SessionGuard): void {
    let bytes = 0;
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > STRANGER_MESSAGE_BYTES && !stream.closed) this.#turnAway(stream, guard, messageTooLarge());
    });
  }

  #turnAway(stream: ServerHttp2Stream, guard: SessionGuard, error: HeadframeError): void {
    refuseStream(stream, error);
    this.#note(guard, error.reason);
  }

  #note(guard: SessionGuard, reason: string): void {
    this.#parts.onRefused({ peer: guard.peer, reason });
    guard.trouble('refused');
  }
}

function headersTooLarge(): HeadframeError {
  const message = 'the headers of the call are too large';
  return new HeadframeError({ code: 'resource_exhausted', reason: 'headers_too_large', message });
}

function connectionUnserved(): HeadframeError {
  const message = 'no connections of other protocols are served here';
  return new HeadframeError({ code: 'unimplemented', reason: 'connection_unserved', message });
}

function messageTooLarge(): HeadframeError {
  const message = 'the message of the call is too large';
  return new HeadframeError({ code: 'resource_exhausted', reason: 'message_too_large', message });
}

function requestTooSlow(): HeadframeError {
  const message = 'the request did not come in time';
  return new HeadframeError({ code: 'deadline_exceeded', reason: 'request_too_slow', message });
}
