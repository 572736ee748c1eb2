import type { Clock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';
import type { ContentStore } from './content-store.js';
import type { ContentVault } from './content-vault.js';

/** What keeps a vault in order. */
export interface ContentKeeperParts {
  readonly vault: Pick<ContentVault, 'claim' | 'digests' | 'sweep'>;
  readonly content: Pick<ContentStore, 'share' | 'isHeld'>;
  readonly needed: () => ReadonlySet<string>;
  /** Whether its coordinator leads still. */
  readonly leads: () => boolean;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly logger: Logger;
}

/** Between two rounds, in milliseconds. */
const ROUND_MS = 10 * 60_000;

/**
 * Sees, while its coordinator leads, that the vault has what is needed, as after a move from a coordinator that was alone, and not for
 * long what is not. A round that fails is made up for by the next.
 */
export class ContentKeeper {
  readonly #parts: ContentKeeperParts;
  /** What was claimed since this coordinator leads. */
  #claimed = new Set<string>();

  constructor(parts: ContentKeeperParts) {
    this.#parts = parts;
  }

  /** Goes round until the signal. */
  async start(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#parts;
    while (!signal.aborted) {
      await this.#round(signal).catch((error: unknown) => {
        logger.warn({ err: error }, 'the contents that the cluster shares are not looked after');
      });
      await clock.sleep(ROUND_MS, signal).catch(() => undefined);
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { vault, content, needed, leads } = this.#parts;
    const there = await vault.digests();
    const claimed = new Set<string>();
    for (const digest of needed()) {
      if (signal.aborted) return;
      // A former leader that was held up may know no better than to remove it: not what was claimed meanwhile.
      const isClaimed = there.has(digest) && (this.#claimed.has(digest) || (await vault.claim(digest)));
      if (!isClaimed) await content.share(digest);
      claimed.add(digest);
    }
    this.#claimed = claimed;
    const kept = needed();
    await vault.sweep((digest) => !leads() || kept.has(digest) || content.isHeld(digest));
  }
}
