import type { Clock } from '../model/clock.js';

/** Bounds on what is taken from a subject: anybody who reaches the server may publish to it. */
export interface InflowBounds {
  readonly maxBytes: number;
  readonly maxPerSecond: number;
}

/** Hands on the messages of a subject that keep to the bounds, and counts the others. */
export class Inflow {
  readonly #bounds: InflowBounds;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #onMessage: (data: Uint8Array, subject: string) => void;
  #secondBeganMs = -Infinity;
  #inSecond = 0;
  #dropped = 0;

  constructor(
    bounds: InflowBounds,
    clock: Pick<Clock, 'monotonicMs'>,
    onMessage: (data: Uint8Array, subject: string) => void,
  ) {
    this.#bounds = bounds;
    this.#clock = clock;
    this.#onMessage = onMessage;
  }

  /** Messages that were too large, or too many. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes a message as it comes. */
  take(data: Uint8Array, subject: string): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#secondBeganMs >= 1000) {
      this.#secondBeganMs = nowMs;
      this.#inSecond = 0;
    }
    this.#inSecond += 1;
    if (this.#inSecond > this.#bounds.maxPerSecond || data.length > this.#bounds.maxBytes) this.#dropped += 1;
    else this.#onMessage(data, subject);
  }
}
