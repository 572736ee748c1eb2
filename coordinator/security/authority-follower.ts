import type { Clock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';
import type { Authority, ServerCertificates, SharedPlace } from './authority/index.js';

/** What follows an authority. */
export interface AuthorityFollowerParts {
  readonly place: SharedPlace;
  readonly authority: Pick<Authority, 'refresh' | 'digest'>;
  readonly certificates: Pick<ServerCertificates, 'renew'>;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly logger: Logger;
}

/** It looks so often though nothing is told, in milliseconds: a change that was not told costs time alone. */
const LOOK_MS = 30_000;

/**
 * Takes over, on a coordinator of a cluster, what another one does to the authority: its new certificates are of the new one, and
 * what the dropped one has signed proves nothing here either. What cannot be read leaves it as it is.
 */
export class AuthorityFollower {
  readonly #parts: AuthorityFollowerParts;
  /** Ends the wait for the next look. */
  #poke: () => void = () => undefined;
  #isPoked = false;

  constructor(parts: AuthorityFollowerParts) {
    this.#parts = parts;
  }

  /** Looks when something is told, and now and then, until the signal; resolves when it has ended. */
  async start(signal: AbortSignal): Promise<void> {
    const watching = this.#watch(signal);
    while (!signal.aborted) {
      this.#isPoked = false;
      await this.#look();
      await this.#wait(signal);
    }
    await watching;
  }

  async #look(): Promise<void> {
    const { authority, certificates, logger } = this.#parts;
    try {
      if (!(await authority.refresh())) return;
      await certificates.renew();
      logger.info({ authority: authority.digest }, 'another coordinator has changed the authority; it is taken over');
    } catch (error) {
      logger.warn({ err: error }, 'what another coordinator did to the authority cannot be read; it stays as it is');
    }
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#isPoked) return;
    const poked = new AbortController();
    this.#poke = () => {
      poked.abort();
    };
    await this.#parts.clock.sleep(LOOK_MS, AbortSignal.any([signal, poked.signal])).catch(() => undefined);
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { place, clock, logger } = this.#parts;
    const replaced = (): void => {
      this.#isPoked = true;
      this.#poke();
    };
    while (!signal.aborted) {
      await place.watch(replaced, signal).catch((error: unknown) => {
        if (!signal.aborted)
          logger.warn({ err: error }, 'changes of the authority are not told; it is looked at now and then');
      });
      await clock.sleep(LOOK_MS, signal).catch(() => undefined);
    }
  }
}
