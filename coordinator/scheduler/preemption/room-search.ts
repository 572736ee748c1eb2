import type { CapacityIndex } from '../capacity-index.js';
import type { Demand } from '../demand.js';
import { Clearings } from './clearings.js';
import type { PreemptionView } from './clearings.js';
import type { Tenancy } from './tenancy.js';
import type { Clearing } from './victims.js';

/** What the search follows. */
interface SearchParts {
  readonly index: CapacityIndex;
  readonly tenancy: Tenancy;
  readonly view: () => PreemptionView;
}

/** What was found is good for this many milliseconds: who is stopping may be overdue by then. */
const GOOD_FOR_MS = 1000;

/** The search for room, which goes on over several turns of the loop as long as nobody else changes what it looks at. */
export class RoomSearch {
  readonly #parts: SearchParts;
  #key = '';
  #clearings: Clearings | undefined;
  #version = -1;
  #begunAtMs = 0;
  #isPatient = false;

  constructor(parts: SearchParts) {
    this.#parts = parts;
  }

  /** Begins a search for a demand, or goes on with the last one; `nowMs` of a monotonic clock. */
  begin(demand: Demand, nowMs: number): void {
    const key = `${String(demand.priority)} ${demand.shape}`;
    const isSame = key === this.#key && this.#clearings !== undefined;
    const isCurrent = isSame && this.#version === this.#now && nowMs - this.#begunAtMs < GOOD_FOR_MS;
    // What was cut short and is out of date would be so again and again.
    this.#isPatient = isSame && !isCurrent;
    if (isCurrent) return;
    this.#key = key;
    this.#begunAtMs = nowMs;
    this.#clearings = new Clearings(this.#parts.view(), demand);
  }

  /** The cheapest way to make room; undefined when there is none, `late` when time ran out before it was found. */
  best(isLate: () => boolean): Clearing | 'late' | undefined {
    if (this.#clearings?.search(this.#isPatient ? () => false : isLate) !== true) return 'late';
    return this.#clearings.best();
  }

  /** Notes that the best was taken. */
  taken(): void {
    this.#isPatient = false;
    this.#clearings?.taken();
  }

  /** Ends a turn; what was found stays good until something changes. */
  pause(): void {
    this.#version = this.#now;
  }

  /** Forgets what was found. */
  end(): void {
    this.#clearings = undefined;
  }

  /** Grows with every change of what the search looks at. */
  get #now(): number {
    return this.#parts.index.version + this.#parts.tenancy.version;
  }
}
