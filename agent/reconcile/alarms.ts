import type { Clock } from '../../common/model/clock.js';

/** Wakes instances at a time: at most one alarm each, the latest set. */
export class Alarms {
  readonly #clock: Clock;
  readonly #onAlarm: (serial: number) => void;
  readonly #cancels = new Map<number, () => void>();
  #closed = false;

  constructor(clock: Clock, onAlarm: (serial: number) => void) {
    this.#clock = clock;
    this.#onAlarm = onAlarm;
  }

  /** Sets the alarm of an instance to a wall time in unix milliseconds, or takes it back. */
  set(serial: number, atMs: number | undefined): void {
    this.#cancels.get(serial)?.();
    this.#cancels.delete(serial);
    if (atMs === undefined || this.#closed) return;
    const cancel = this.#clock.setTimer(
      () => {
        this.#cancels.delete(serial);
        this.#onAlarm(serial);
      },
      Math.max(0, atMs - this.#clock.nowMs()),
    );
    this.#cancels.set(serial, cancel);
  }

  /** Takes all back; none is set any more. */
  close(): void {
    this.#closed = true;
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }
}
