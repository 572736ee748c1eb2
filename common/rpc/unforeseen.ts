import { HeadframeError } from '../model/error.js';
import type { CallFailure, CallRequest } from './call-context.js';

/** The error as it may cross the wire: what nobody foresaw is told to `onUnforeseen` alone. */
export function hideUnforeseen(
  thrown: unknown,
  { method, peer, requestId }: Pick<CallRequest, 'method' | 'peer' | 'requestId'>,
  onUnforeseen: (failure: CallFailure) => void,
): HeadframeError {
  if (thrown instanceof HeadframeError && thrown.code !== 'internal') return thrown;
  onUnforeseen({ method, peer, requestId, error: thrown });
  const reason = thrown instanceof HeadframeError ? thrown.reason : 'unforeseen';
  const message = `internal error; the server's log has it under request ${requestId}`;
  return new HeadframeError({ code: 'internal', reason, message, metadata: { request_id: requestId } });
}
