import type { Logger } from '../../common/observe/logger.js';
import type { SignOfLife } from './life.js';

/** Says whether nothing was heard of somebody for so long, and tells when that begins and ends. */
export function hungWatch(
  life: Pick<SignOfLife, 'silentMs'>,
  { hungMs, logger }: { readonly hungMs: number; readonly logger: Pick<Logger, 'warn' | 'info'> },
): () => boolean {
  let wasHung = false;
  return () => {
    const { silentMs } = life;
    const isHung = silentMs >= hungMs;
    if (isHung && !wasHung)
      logger.warn({ silentMs }, 'this coordinator hangs: it is given no lease of leadership until it goes on');
    if (!isHung && wasHung) logger.info({}, 'this coordinator goes on');
    wasHung = isHung;
    return isHung;
  };
}
