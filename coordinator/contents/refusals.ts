import { HeadframeError } from '../../common/model/error.js';
import { MODULE_REASONS } from '../../common/model/module-reasons.js';

/** A refusal of what is kept, with the remedy of its reason; to bring it again may go well, to keep more will not. */
export function contentError(
  reason: 'module_content_lost' | 'module_cache_full',
  message: string,
  cause?: unknown,
): HeadframeError {
  const isLost = reason === 'module_content_lost';
  return new HeadframeError({
    ...{ code: isLost ? 'data_loss' : 'resource_exhausted', reason, message, cause },
    remedy: MODULE_REASONS[reason].remedy,
    metadata: { class: isLost ? 'wait_poll' : 'never' },
  });
}
