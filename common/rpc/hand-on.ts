import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { NO_CREDENTIAL } from '../model/caller.js';
import type { Caller } from '../model/caller.js';
import type { HeadframeError } from '../model/error.js';
import type { Authorize, CallRequest } from './call-context.js';

/** A call that is to be handed on, of whose message nothing has been read. */
export interface HandedCall {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly request: CallRequest;
  /** Told when it was let in where it was handed to, and whether somebody known makes it, before its message is read. */
  readonly letIn: (isKnown: boolean) => void;
  /** Told when it was refused there. */
  readonly refused: () => void;
}

/** Hands calls on to the server that serves them. */
export interface HandOn {
  /** Whether calls of that method (its path) are handed on at this moment. */
  takes(method: string): boolean;
  /** Says who makes a call, as far as is known here; without a credential where only the other knows. Throws `HeadframeError`. */
  readonly authorize: Authorize;
  /** Why a call that was handed on to this server is answered by nobody. */
  refusal(): HeadframeError;
  carry(call: HandedCall): void;
}

/** With the status 100 by which a call that was handed on is let in: who makes it. */
const LET_IN = 'headframe-let-in';

/**
 * Tells whoever hands a call on that it was let in: until then nothing of its message is sent, so that a call whose connection was
 * lost before was never made.
 */
export function tellLetIn(stream: ServerHttp2Stream, { credential }: Caller): void {
  if (stream.destroyed || stream.closed) return;
  stream.additionalHeaders({ ':status': 100, [LET_IN]: credential === NO_CREDENTIAL ? 'stranger' : 'known' });
}

/** Whether these headers let a call in, and whom; undefined for any others. */
export function letInBy(headers: IncomingHttpHeaders): 'known' | 'stranger' | undefined {
  if (Number(headers[':status']) !== 100) return undefined;
  return headers[LET_IN] === 'known' ? 'known' : 'stranger';
}
