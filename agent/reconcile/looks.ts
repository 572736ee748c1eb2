import type { Clock } from '../../common/model/clock.js';
import type { ObservedInstance, Runtime } from '../runtime/runtime.js';

/** The parts that looks work with. */
export interface LooksParts {
  readonly runtime: Pick<Runtime, 'inspect'>;
  /** Told how an instance stands; undefined when it has no container. */
  readonly onSeen: (serial: number, observed: ObservedInstance | undefined) => void;
  readonly clock: Clock;
}

interface Look {
  outdated: boolean;
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

/**
 * Looks at single instances anew: one look at a time each, once more when the world changed meanwhile, and again after
 * a pause when the engine gave no answer. An instance that the engine does not answer for holds up no other.
 */
export class Looks {
  readonly #parts: LooksParts;
  readonly #looks = new Map<number, Look>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #closed = new AbortController();

  constructor(parts: LooksParts) {
    this.#parts = parts;
  }

  /** Has the instance looked at from now on: an answer to an older question does not count. */
  ask(serial: number): void {
    if (this.#closed.signal.aborted) return;
    if (this.#looks.has(serial)) {
      this.outdate(serial);
      return;
    }
    const look = { outdated: false };
    this.#looks.set(serial, look);
    const work = this.#look(serial, look).finally(() => {
      this.#looks.delete(serial);
      this.#underWay.delete(work);
    });
    this.#underWay.add(work);
  }

  /** Makes a look under way begin again, for something newer is known. */
  outdate(serial: number): void {
    const look = this.#looks.get(serial);
    if (look) look.outdated = true;
  }

  /** Ends all looks. */
  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.allSettled([...this.#underWay]);
  }

  async #look(serial: number, look: Look): Promise<void> {
    const { signal } = this.#closed;
    const closed = (): boolean => signal.aborted;
    const isOutdated = (): boolean => look.outdated;
    let retryMs = FIRST_RETRY_MS;
    while (!closed()) {
      look.outdated = false;
      try {
        const observed = await this.#parts.runtime.inspect(serial, signal);
        if (isOutdated()) continue;
        this.#parts.onSeen(serial, observed);
        return;
      } catch {
        // Whoever watches the engine tells why it does not answer.
        await this.#parts.clock.sleep(retryMs, signal).catch(() => undefined);
        retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2);
      }
    }
  }
}
