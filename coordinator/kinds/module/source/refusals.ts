import { HeadframeError } from '../../../../common/model/error.js';
import type { ErrorCode } from '../../../../common/model/error.js';
import type { RetryClass } from '../../../../common/model/intent.js';
import { MODULE_REASONS } from '../../../../common/model/module-reasons.js';

/** Reasons for which a module cannot be fetched, with the class of each and whether the same might go well later. */
const KINDS = {
  git_missing: ['failed_precondition', false],
  module_origin_away: ['unavailable', true],
  module_origin_refused: ['not_found', false],
  module_ref_missing: ['not_found', false],
  module_address_private: ['permission_denied', false],
  module_redirected: ['failed_precondition', false],
  module_too_large: ['resource_exhausted', false],
  module_too_slow: ['deadline_exceeded', true],
  module_unreadable: ['failed_precondition', false],
} as const satisfies Partial<Record<keyof typeof MODULE_REASONS, readonly [ErrorCode, boolean]>>;

/** One of the reasons for which a module cannot be fetched. */
export type SourceReason = keyof typeof KINDS;

/** The class of a refusal: whether the same might go well later. */
export function classed(retry: boolean): { readonly class: RetryClass } {
  return { class: retry ? 'wait_poll' : 'never' };
}

/** A refusal with the remedy of its reason. */
export function sourceError(reason: SourceReason, message: string, cause?: unknown): HeadframeError {
  const [code, retry] = KINDS[reason];
  const metadata = classed(retry);
  return new HeadframeError({ code, reason, message, remedy: MODULE_REASONS[reason].remedy, metadata, cause });
}
