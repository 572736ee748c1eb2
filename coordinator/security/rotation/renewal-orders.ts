import type { Clock } from '../../../common/model/clock.js';
import type { Rotation } from './rotation.js';

/** What asks hosts to move on to a new authority. */
export interface RenewalOrdersParts {
  readonly rotation: Pick<Rotation, 'view' | 'isUnderWay'>;
  /** Asks a host for it; false for one that is not connected. */
  readonly order: (hostId: string) => boolean;
  readonly clock: Clock;
}

/** Hosts asked in a turn, and its length in milliseconds: fifty a second cost less than a tenth of a core. */
const TURN = { hosts: 10, ms: 200 } as const;
/** Who has moved on is looked up again when all were asked, but no sooner than after this. */
const LOOK_MS = 5_000;
/** A host that was asked has this long before it is asked again, in milliseconds. */
const PATIENCE_MS = 60_000;

/** Asks connected hosts, while an authority is being replaced, to renew their certificates now, some at a time. */
export class RenewalOrders {
  readonly #parts: RenewalOrdersParts;
  readonly #askedAtMs = new Map<string, number>();
  #waiting: string[] = [];
  #lookedAtMs = -Infinity;

  constructor(parts: RenewalOrdersParts) {
    this.#parts = parts;
  }

  /** Runs until the signal. */
  async start(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    while (!signal.aborted) {
      this.#turn(clock.monotonicMs());
      await clock.sleep(TURN.ms, signal).catch(() => undefined);
    }
  }

  #turn(nowMs: number): void {
    const { rotation, order } = this.#parts;
    if (!rotation.isUnderWay) {
      this.#forget();
      return;
    }
    if (this.#waiting.length === 0 && nowMs - this.#lookedAtMs >= LOOK_MS) {
      this.#lookedAtMs = nowMs;
      this.#waiting = [...(rotation.view().former?.needs.hosts ?? [])];
    }
    for (let asked = 0; asked < TURN.hosts;) {
      const hostId = this.#waiting.shift();
      if (hostId === undefined) return;
      if (nowMs - (this.#askedAtMs.get(hostId) ?? -Infinity) < PATIENCE_MS || !order(hostId)) continue;
      this.#askedAtMs.set(hostId, nowMs);
      asked += 1;
    }
  }

  #forget(): void {
    this.#waiting = [];
    this.#askedAtMs.clear();
    this.#lookedAtMs = -Infinity;
  }
}
