import type { Clock } from '../../common/model/clock.js';

/** What is looked at again and again, network by network. */
export interface PassesParts<T> {
  readonly clock: Pick<Clock, 'sleep'>;
  /** Between two looks at what is due, in milliseconds. */
  readonly tickMs: number;
  /** What is due now, by network; networks without are not in it. */
  readonly due: () => ReadonlyMap<string, T>;
  /** Sees to what is due of one network. Rejects when nothing can go on, as without a store. */
  readonly pass: (due: T, signal: AbortSignal) => Promise<void>;
}

/** Sees to what is due, in one pass of a network at a time: a slow chain holds up its own alone. */
export class NetworkPasses<T> {
  readonly #parts: PassesParts<T>;
  readonly #busy = new Map<string, Promise<void>>();

  constructor(parts: PassesParts<T>) {
    this.#parts = parts;
  }

  /** Goes on until the signal, and until the passes under way then are over; rejects as soon as one does. */
  async start(signal: AbortSignal): Promise<void> {
    let tellFailed: (error: unknown) => void = () => undefined;
    const failed = new Promise<never>((_resolve, reject) => (tellFailed = reject));
    await Promise.race([this.#tick(signal, (error) => tellFailed(error)), failed]);
    await Promise.race([Promise.all(this.#busy.values()), failed]);
  }

  async #tick(signal: AbortSignal, fail: (error: unknown) => void): Promise<void> {
    const { clock, tickMs, due, pass } = this.#parts;
    while (!signal.aborted) {
      for (const [network, what] of due()) {
        if (this.#busy.has(network)) continue;
        const over = pass(what, signal)
          .catch(fail)
          .finally(() => this.#busy.delete(network));
        this.#busy.set(network, over);
      }
      await clock.sleep(tickMs, signal).catch(() => undefined); // only the signal ends it
    }
  }
}
