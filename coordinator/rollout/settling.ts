import type { Clock } from '../../common/model/clock.js';
import type { FleetReader } from '../fleet/port.js';
import { Wakeups } from './wakeups.js';

/** What a miner's rollout waits for: so many healthy instances, for so long. */
export interface Settlement {
  readonly healthy: number;
  readonly forMs: number;
}

interface Awaited extends Settlement {
  /** Since when as many are healthy; undefined while they are not. */
  sinceMs: number | undefined;
}

/**
 * Tells when the last instances of a rollout have come up, by the fleet's counts alone: a miner of a million instances
 * need not be looked through for each that does.
 */
export class Settling {
  readonly #fleet: FleetReader;
  readonly #clock: Clock;
  readonly #wakeups: Wakeups;
  readonly #settled: (name: string) => void;
  readonly #awaited = new Map<string, Awaited>();

  /** Calls `settled` with the name of a miner that has settled. */
  constructor(fleet: FleetReader, clock: Clock, settled: (name: string) => void) {
    this.#fleet = fleet;
    this.#clock = clock;
    this.#settled = (name) => {
      if (this.#awaited.delete(name)) settled(name);
    };
    this.#wakeups = new Wakeups(clock, this.#settled);
  }

  /** Waits for a miner to settle; undefined waits no more. */
  await(name: string, settlement: Settlement | undefined): void {
    if (settlement === undefined) {
      if (this.#awaited.delete(name)) this.#wakeups.set(name, undefined);
      return;
    }
    const known = this.#awaited.get(name);
    if (known?.healthy === settlement.healthy && known.forMs === settlement.forMs) return;
    this.#awaited.set(name, { ...settlement, sinceMs: undefined });
    this.#wakeups.set(name, undefined);
    this.look(name);
  }

  /** Whether a miner is waited for, so that each change of its instances is worth a look. */
  has(name: string): boolean {
    return this.#awaited.has(name);
  }

  /** Compares what is awaited with what there is. */
  look(name: string): void {
    const awaited = this.#awaited.get(name);
    if (awaited === undefined) return;
    const isReached = this.#fleet.countsOf(name).healthy >= awaited.healthy;
    if (isReached === (awaited.sinceMs !== undefined)) return;
    awaited.sinceMs = isReached ? this.#clock.nowMs() : undefined;
    if (isReached && awaited.forMs === 0) this.#settled(name);
    else this.#wakeups.set(name, awaited.sinceMs === undefined ? undefined : awaited.sinceMs + awaited.forMs);
  }

  /** Waits for nothing any more. */
  close(): void {
    this.#awaited.clear();
    this.#wakeups.close();
  }
}
