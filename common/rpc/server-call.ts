import type { Metadata, StatusObject } from '@grpc/grpc-js';
import type { Caller } from '../model/caller.js';
import { HeadframeError } from '../model/error.js';
import type { ErrorCode } from '../model/error.js';
import type { Clock } from '../model/clock.js';
import type { CallAudit, CallRecord } from './call-audit.js';
import { CallEnd } from './call-end.js';
import type { CallContext, CallFailure, EndedCall, Prepare, StoppableCall } from './call-context.js';
import type { Admission } from './call-gate.js';
import { toMetadata } from './channel.js';
import { toStatus } from './status.js';
import { hideUnforeseen } from './unforeseen.js';

/** What a server lends to each of its calls. */
export interface ServerCallEnvironment {
  readonly clock: Clock;
  readonly onUnforeseen: (failure: CallFailure) => void;
  readonly onEnded: (call: EndedCall) => void;
  /** What was decided about the call with that metadata before it came here. */
  readonly admissionOf: (metadata: object) => Admission;
  readonly audit: CallAudit | undefined;
  readonly prepare: Prepare | undefined;
  /** How long an answer may wait to be read, in milliseconds. */
  readonly stallMs: number;
  /** Makes the call known to the server; the answer forgets it. */
  readonly admit: (call: StoppableCall) => () => void;
  /** Why no more streaming calls are taken; undefined while they are. */
  readonly refusal: () => HeadframeError | undefined;
}

/** The grpc-js side of a call, as far as it is used here. */
export interface ServerSurface {
  readonly metadata: object;
  on(event: 'cancelled', listener: () => void): unknown;
  getDeadline(): Date | number;
  sendMetadata(headers: Metadata): void;
}

/** How one call is told apart and answered. */
interface ServerCallParts {
  readonly method: string;
  readonly streaming: boolean;
  /** Sends a failing status; called at most once. */
  readonly sendError: (status: StatusObject) => void;
}

/**
 * One call in the server, open → settled, settled once: by its handler, or by `stop` (cancelled, deadline, shutdown).
 * Invariants: the status goes out exactly once; after settling nothing of the call waits any more, though its handler
 * may still be on its way out.
 */
export class ServerCall implements StoppableCall {
  readonly streaming: boolean;
  readonly method: string;
  readonly context: CallContext;
  /** Ends with the call; what its reader and writer wait on. */
  readonly end = new CallEnd();
  readonly #surface: ServerSurface;
  readonly #parts: ServerCallParts;
  readonly #environment: ServerCallEnvironment;
  readonly #controller = new AbortController();
  readonly #forget: () => void;
  readonly #startedMs: number;
  #stopTimer: () => void = () => undefined;
  #settled = false;
  readonly #admission: Admission;
  #record: CallRecord | undefined;

  constructor(surface: ServerSurface, parts: ServerCallParts, environment: ServerCallEnvironment) {
    this.#surface = surface;
    this.#parts = parts;
    this.#environment = environment;
    this.#startedMs = environment.clock.monotonicMs();
    this.streaming = parts.streaming;
    this.method = parts.method;
    this.#admission = environment.admissionOf(surface.metadata);
    this.#admission.received();
    this.context = contextOf(this.#admission, Number(surface.getDeadline()), this.#controller.signal);
    surface.on('cancelled', () => {
      this.stop(this.#whyCancelled());
    });
    this.#forget = environment.admit(this);
    this.#armDeadline();
    const refusal = parts.streaming ? environment.refusal() : undefined;
    if (refusal !== undefined) this.stop(refusal);
    else this.#openRecord();
  }

  get caller(): Caller {
    return this.context.caller;
  }

  /** Whether a record is kept of the call. */
  get isRecorded(): boolean {
    return this.#record !== undefined;
  }

  /** Open → settled, failed: aborts the handler's signal and sends the error as status. */
  stop(error: HeadframeError): void {
    if (!this.#settle(error.code)) return;
    this.#controller.abort(error);
    this.end.end(error);
    // The client may be gone: nobody hears "done", so that nothing waits for the record.
    void this.#record?.end(error).catch(() => undefined);
    this.#parts.sendError(toStatus(error));
  }

  /** Prepares the call, and records that it begins, with its first request. Throws `HeadframeError` when it must not go on. */
  async begin(request: unknown): Promise<void> {
    const { prepare } = this.#environment;
    if (this.#record === undefined && prepare === undefined) return;
    const headers = await prepare?.(this.context);
    await this.#record?.begin(request);
    if (this.end.error !== undefined) throw this.end.error;
    if (headers !== undefined) this.#surface.sendMetadata(toMetadata(headers));
  }

  /** Runs the handler; what `body` resolves with sends the good end, what it throws becomes the status. Never rejects. */
  async run(body: () => Promise<() => void>): Promise<void> {
    if (this.#settled) return;
    try {
      const succeed = await body();
      await this.#record?.end();
      if (!this.#settle('ok')) return;
      succeed();
      this.end.end();
    } catch (thrown) {
      const error = this.#foreseen(thrown) ?? this.#hide(thrown);
      // What failed is told as it is; that it could not be recorded is in the log.
      await this.#record?.end(error).catch(() => undefined);
      this.#fail(error);
    }
  }

  #openRecord(): void {
    try {
      this.#record = this.#environment.audit?.open(this.context);
    } catch (thrown) {
      this.#fail(this.#foreseen(thrown) ?? this.#hide(thrown));
    }
  }

  #fail(error: HeadframeError): void {
    if (!this.#settle(error.code)) return;
    this.end.end(error);
    this.#parts.sendError(toStatus(error));
  }

  /** The error if it may cross the wire; after `stop`, a handler may throw anything its signal made it throw. */
  #foreseen(thrown: unknown): HeadframeError | undefined {
    if (thrown instanceof HeadframeError && thrown.code !== 'internal') return thrown;
    const aborted = this.end.error;
    return aborted !== undefined && isAbort(thrown) ? aborted : undefined;
  }

  #hide(thrown: unknown): HeadframeError {
    return hideUnforeseen(thrown, this.context, this.#environment.onUnforeseen);
  }

  #settle(code: ErrorCode | 'ok'): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#stopTimer();
    this.#forget();
    this.#admission.leave();
    if (code !== 'ok') this.#admission.failed();
    const { clock, onEnded } = this.#environment;
    onEnded({ method: this.context.method, code, durationMs: clock.monotonicMs() - this.#startedMs });
    return true;
  }

  #armDeadline(): void {
    const { deadlineMs } = this.context;
    if (deadlineMs === undefined) return;
    // grpc-js has a timer of its own, but tells of it only once the status was sent: never, to a client that never reads.
    const leftMs = Math.max(0, deadlineMs - this.#environment.clock.nowMs());
    this.#stopTimer = this.#environment.clock.setTimer(() => {
      this.stop(deadlineError());
    }, leftMs);
  }

  #whyCancelled(): HeadframeError {
    const { deadlineMs } = this.context;
    if (deadlineMs !== undefined && this.#environment.clock.nowMs() >= deadlineMs) return deadlineError();
    return new HeadframeError({ code: 'cancelled', reason: 'cancelled', message: 'the client has left the call' });
  }
}

function contextOf({ request, caller }: Admission, deadlineMs: number, signal: AbortSignal): CallContext {
  const { method, metadata, peer, requestId, via } = request;
  return {
    ...{ method, signal, metadata, peer, requestId, via, caller },
    deadlineMs: Number.isFinite(deadlineMs) ? deadlineMs : undefined,
  };
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown instanceof HeadframeError || thrown.name === 'AbortError');
}

function deadlineError(): HeadframeError {
  const message = 'the deadline passed before the answer was ready';
  return new HeadframeError({ code: 'deadline_exceeded', reason: 'deadline_exceeded', message });
}
