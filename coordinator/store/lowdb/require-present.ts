import { hasCode } from '../../../common/disk/index.js';
import { HeadframeError } from '../../../common/model/error.js';

/** Turns a missing file or folder into `HeadframeError` (not_found, the given reason), which says where it was sought. */
export async function requirePresent<T>(path: string, reason: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    if (!hasCode(thrown, 'ENOENT')) throw thrown;
    throw new HeadframeError({
      code: 'not_found',
      reason,
      message: `${path} does not exist`,
      remedy: 'Check the path.',
      metadata: { file: path },
      cause: thrown,
    });
  }
}
