import { HeadframeError } from '../../common/model/error.js';
import { REASONS, isReasonCode } from '../../common/model/reason.js';

/** What an agent says that it could not do for a tunnel (failed_precondition, with its reason). */
export function tunnelFailure({ reason, text }: { readonly reason: string; readonly text: string }): HeadframeError {
  const remedy = isReasonCode(reason) ? REASONS[reason].remedy : '';
  const message = text === '' ? `the agent could not do it: ${reason}` : text;
  return new HeadframeError({ code: 'failed_precondition', reason, message, ...(remedy === '' ? {} : { remedy }) });
}
