import { HeadframeError } from '../../../../common/model/error.js';
import type { ErrorCode } from '../../../../common/model/error.js';
import { MODEL_REASONS } from '../../../../common/model/model-reasons.js';

/** Reasons for which what a model is built of is not taken, with the class of each and whether the same might go well later. */
const KINDS = {
  model_origin_away: ['unavailable', true],
  model_origin_refused: ['failed_precondition', false],
  model_address_private: ['permission_denied', false],
  model_redirected: ['failed_precondition', false],
  model_too_large: ['resource_exhausted', false],
  model_too_slow: ['deadline_exceeded', true],
  model_archive_invalid: ['invalid_argument', false],
  model_archive_unsafe: ['invalid_argument', false],
  model_digest_mismatch: ['failed_precondition', false],
  model_source_partial: ['failed_precondition', false],
  model_folder_missing: ['not_found', false],
  models_busy: ['resource_exhausted', true],
} as const satisfies Partial<Record<keyof typeof MODEL_REASONS, readonly [ErrorCode, boolean]>>;

/** A refusal with the remedy of its reason. */
export function modelError(reason: keyof typeof KINDS, message: string, cause?: unknown): HeadframeError {
  const [code, retry] = KINDS[reason];
  const metadata = { class: retry ? 'wait_poll' : 'never' };
  return new HeadframeError({ code, reason, message, remedy: MODEL_REASONS[reason].remedy, metadata, cause });
}
