import type { Caller } from '../model/caller.js';
import type { ErrorCode, HeadframeError } from '../model/error.js';

/** What a handler knows of its call. */
export interface CallContext {
  /** Path of the method, such as `/headframe.v1.FleetService/Apply`. */
  readonly method: string;
  /**
   * Aborted when the call is over before its handler is: cancelled, past its deadline, client gone or server
   * shutting down. The reason is a HeadframeError that says which. Everything a handler waits for must heed it.
   */
  readonly signal: AbortSignal;
  /** Wall time in milliseconds by which the client wants the answer; undefined when it would wait for ever. */
  readonly deadlineMs: number | undefined;
  readonly metadata: CallMetadata;
  /** Address of the other side, such as `10.0.0.7:51234`; `unknown` on unix sockets. */
  readonly peer: string;
  /** The client's `x-request-id` if it is a sane one (1–128 of A–Z a–z 0–9 . _ : -), otherwise one made here. */
  readonly requestId: string;
  /** Name of the coordinator that handed the call on; undefined where the caller made it here. */
  readonly via?: string | undefined;
  /** Who calls; whoever is not let in never gets as far as a handler. */
  readonly caller: Caller;
}

/** What is known of a call before anybody decides whether it may be made. */
export interface CallRequest {
  readonly method: string;
  readonly peer: string;
  /** DER of the certificate whose key the other side has proven to hold; nobody has looked yet who signed it. */
  readonly certificate: Buffer | undefined;
  /** Whether nobody in between can read or change what is said. */
  readonly isPrivate: boolean;
  readonly metadata: CallMetadata;
  readonly requestId: string;
  /** Name of the coordinator that handed the call on, with what it knows of the caller; undefined where the caller made it here. */
  readonly via?: string | undefined;
}

/**
 * Decides who makes a call, before its handler runs. Throws `HeadframeError` (unauthenticated, permission_denied) to refuse
 * it; strangers read that error, so it tells them nothing.
 */
export type Authorize = (request: CallRequest) => Caller;

/**
 * Decides whether a caller, once proven, may make a call, before its handler runs; what it answers is called when the call
 * is over. Throws `HeadframeError` (permission_denied, resource_exhausted) to refuse it.
 */
export type Permit = (caller: Caller, request: CallRequest) => () => void;

/**
 * Called before the handler of a call that has one request; what it answers, if anything, goes to the client at once as headers
 * of the answer. Throws `HeadframeError` to refuse the call.
 */
export type Prepare = (context: CallContext) => Promise<Readonly<Record<string, string>> | undefined>;

/** The text metadata that came with a call. */
export interface CallMetadata {
  /** First value of that name, in any case of letters; undefined when there is none. */
  get(name: string): string | undefined;
}

/** A call that ended without its handler: its method, id and what was thrown, for the log. */
export interface CallFailure {
  readonly method: string;
  readonly requestId: string;
  readonly peer: string;
  readonly error: unknown;
}

/** A call that has ended, well or not, and how long it took; for the metrics. */
export interface EndedCall {
  readonly method: string;
  readonly code: ErrorCode | 'ok';
  readonly durationMs: number;
}

/** How a running call is ended from outside its handler. */
export interface StoppableCall {
  /** True for calls that may have no natural end. */
  readonly streaming: boolean;
  /** Path of its method. */
  readonly method: string;
  /** Undefined until it is proven. */
  readonly caller: Caller | undefined;
  /** Aborts the handler and sends this error as the call's status. */
  stop(error: HeadframeError): void;
}
