import { isDeepStrictEqual } from 'node:util';
import type { Log, LogLevel } from '../observe/logger.js';

/** What reloading works with. */
export interface ReloadParts<Config> {
  /** The process, which emits SIGHUP. */
  readonly hangUps: {
    on(name: 'SIGHUP', listener: () => void): unknown;
    off(name: 'SIGHUP', listener: () => void): unknown;
  };
  /** The configuration that is in force. */
  readonly config: Config;
  /** Reads the configuration anew. Throws what is wrong with it. */
  readonly load: () => Config;
  /** Has everything else that can be read again read again. */
  readonly refresh?: () => Promise<void>;
  readonly log: Log;
}

/**
 * At each SIGHUP until the signal, reads again what can be without a restart: the level of the log, and what `refresh` does.
 * Whatever is wrong then, the program goes on as it was.
 */
export function reloadAtHangUp<Config extends { readonly log: { readonly level: LogLevel } }>(
  parts: ReloadParts<Config>,
  signal: AbortSignal,
): void {
  let wanted = 0;
  const onHangUp = (): void => {
    wanted += 1;
    if (wanted === 1) void untilDone();
  };
  const untilDone = async (): Promise<void> => {
    // Those that come meanwhile are answered together by one more.
    for (let seen = 0; seen !== wanted;) {
      seen = wanted;
      await reload(parts);
    }
    wanted = 0;
  };
  parts.hangUps.on('SIGHUP', onHangUp);
  signal.addEventListener('abort', () => parts.hangUps.off('SIGHUP', onHangUp), { once: true });
}

async function reload<Config extends { readonly log: { readonly level: LogLevel } }>(
  parts: ReloadParts<Config>,
): Promise<void> {
  const { config, load, refresh, log } = parts;
  try {
    const fresh = load();
    log.setLevel(fresh.log.level);
    await refresh?.();
    log.logger.info({ logLevel: fresh.log.level }, 'reloaded');
    if (!isDeepStrictEqual({ ...config, log: 0 }, { ...fresh, log: 0 }))
      log.logger.warn('other settings have changed, too: they hold from the next restart on');
  } catch (error) {
    log.logger.error({ err: error }, 'asked to reload, but the configuration cannot be used; all stays as it was');
  }
}
