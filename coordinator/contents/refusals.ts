import { HeadframeError } from '../../common/model/error.js';
import { MODULE_REASONS } from '../../common/model/module-reasons.js';

/** A refusal of what is kept, with the remedy of its reason; to bring it again may go well, to keep more will not. */
export function contentError(reason: keyof typeof CODES, message: string, cause?: unknown): HeadframeError {
  return new HeadframeError({
    ...{ code: CODES[reason], reason, message, cause },
    remedy: MODULE_REASONS[reason].remedy,
    metadata: { class: reason === 'module_cache_full' ? 'never' : 'wait_poll' },
  });
}

const CODES = {
  module_content_lost: 'data_loss',
  module_cache_full: 'resource_exhausted',
  content_vault_away: 'unavailable',
} as const;
