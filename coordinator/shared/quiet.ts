import type { Clock } from '../../common/model/clock.js';

interface Seen {
  readonly state: string;
  readonly sinceMs: number;
}

/** Tells what has stayed as it is for a while, by a clock of this process alone. */
export class Quiet {
  readonly #clock: Pick<Clock, 'bootMs'>;
  readonly #leastMs: number;
  #seen = new Map<string, Seen>();

  constructor(clock: Pick<Clock, 'bootMs'>, leastMs: number) {
    this.#clock = clock;
    this.#leastMs = leastMs;
  }

  /** Which of these, by key and state, were seen each time since so long ago, and never in another state. */
  quiet(states: ReadonlyMap<string, string>): string[] {
    const nowMs = this.#clock.bootMs();
    const before = this.#seen;
    this.#seen = new Map(
      [...states].map(([key, state]) => {
        const known = before.get(key);
        return [key, known?.state === state ? known : { state, sinceMs: nowMs }];
      }),
    );
    return [...this.#seen].filter(([, { sinceMs }]) => nowMs - sinceMs >= this.#leastMs).map(([key]) => key);
  }
}
