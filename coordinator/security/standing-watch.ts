import type { Caller } from '../../common/model/caller.js';
import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import type { FleetPort } from '../fleet/port.js';
import type { StoreChange } from '../store/store.js';
import { standingAt } from './credentials/index.js';

/** What the watch works with. */
export interface StandingParts {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  /** Ends the open streams of those for whom `why` has an error. */
  readonly endStreams: (why: (caller: Caller) => HeadframeError | undefined) => void;
}

/** Time between two looks for what has expired, in milliseconds. */
const PERIOD_MS = 2_000;

/** Ends the open streams of whoever is nobody any more: at once when that was revoked, within seconds when it expired. */
export class StandingWatch {
  readonly #parts: StandingParts;

  constructor(parts: StandingParts) {
    this.#parts = parts;
  }

  /** Runs until the signal. */
  async start(signal: AbortSignal): Promise<void> {
    const { fleet, clock } = this.#parts;
    const forget = fleet.onDurable(({ changes }) => {
      if (!changes.some(isRevocation)) return;
      // After whoever ends a stream for a reason of its own, such as the session of a host that was removed.
      clock.setTimer(() => {
        this.#look();
      }, 0);
    });
    try {
      while (!signal.aborted) {
        this.#look();
        await clock.sleep(PERIOD_MS, signal).catch(() => undefined);
      }
    } finally {
      forget();
    }
  }

  #look(): void {
    const { fleet, clock, endStreams } = this.#parts;
    const endOf = standingAt(fleet, clock.nowMs());
    endStreams((caller) => {
      const why = endOf(caller);
      return why && endError(why);
    });
  }
}

function isRevocation(change: StoreChange): boolean {
  if (change.kind !== 'document' || (change.table !== 'token' && change.table !== 'credential')) return false;
  return 'revokedAtMs' in change.value;
}

function endError(why: 'revoked' | 'expired'): HeadframeError {
  return new HeadframeError({
    code: 'unauthenticated',
    reason: `credential_${why}`,
    message:
      why === 'revoked' ? 'what this call was made with was revoked' : 'what this call was made with has expired',
    remedy: 'Call again with a certificate or token that is good: headframe token create makes the way to one.',
  });
}
