import { onAbort, reasonOf } from '../runtime/on-abort.js';
import type { PrepareProgress } from '../runtime/runtime.js';

/** Hears how far a pull or a build is. */
export type ProgressListener = (progress: PrepareProgress) => void;

/** What work that is under way tells, and what ends it. */
export interface Underway {
  readonly controller: AbortController;
  readonly listeners: ReadonlySet<ProgressListener>;
}

interface Flight {
  readonly controller: AbortController;
  readonly listeners: Set<ProgressListener>;
  readonly landed: Promise<void>;
}

/** Work that many wait for: however many ask for the same, it is done once, and goes on until the last of them gives up. */
export class Flights {
  readonly #flights = new Map<string, Flight>();

  /** Waits for the work of that name, which `begin` begins unless it is under way. */
  async join(
    name: string,
    listener: ProgressListener,
    signal: AbortSignal,
    begin: (underway: Underway) => Promise<void>,
  ): Promise<void> {
    signal.throwIfAborted();
    const flight = this.#flights.get(name) ?? this.#takeOff(name, begin);
    // One listener may ask twice; each asking is a passenger of its own.
    const passenger: ProgressListener = (progress) => listener(progress);
    flight.listeners.add(passenger);
    try {
      await landedOrAborted(flight.landed, signal);
    } finally {
      flight.listeners.delete(passenger);
      if (flight.listeners.size === 0) this.#abandon(name, flight);
    }
  }

  #takeOff(name: string, begin: (underway: Underway) => Promise<void>): Flight {
    const controller = new AbortController();
    const listeners = new Set<ProgressListener>();
    const flight = { controller, listeners, landed: begin({ controller, listeners }) };
    this.#flights.set(name, flight);
    return flight;
  }

  #abandon(name: string, flight: Flight): void {
    if (this.#flights.get(name) === flight) this.#flights.delete(name);
    flight.controller.abort();
  }
}

function landedOrAborted(landed: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(reasonOf(signal));
    const letGo = onAbort(signal, giveUp);
    landed.then(resolve, reject).finally(letGo);
  });
}
