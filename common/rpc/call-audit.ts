import type { Caller } from '../model/caller.js';
import type { HeadframeError } from '../model/error.js';
import type { CallContext, CallRequest } from './call-context.js';

/** Keeps a record of calls; what it cannot record does not happen. */
export interface CallAudit {
  /** Begins the record of a call that was let in; undefined where none is kept of its method. */
  open(context: CallContext): CallRecord | undefined;
  /** Told of a call that was not let in, and why; the caller is undefined where nobody has proven to be anybody. */
  refused(request: CallRequest, error: HeadframeError, caller: Caller | undefined): void;
}

/** The record of one call. */
export interface CallRecord {
  /** Told of the first request before the handler sees it; rejects with `HeadframeError` when the call must not go on. */
  begin(request: unknown): Promise<void>;
  /** Told how the call ended, before the client is; only the first time counts. Rejects when it could not be recorded. */
  end(error?: HeadframeError): Promise<void>;
}
