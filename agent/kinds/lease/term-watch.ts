import type { Clock } from '../../../common/model/clock.js';
import type { LeaseTerm } from '../../../common/wire/agent.js';
import { leftMs, toldTerm } from './terms.js';
import type { HostTime, StoredTerm } from './terms.js';

/** What the watch works with. */
export interface TermWatchParts {
  readonly state: { readonly terms: readonly StoredTerm[]; setTerms(terms: readonly StoredTerm[]): void };
  readonly clock: Clock;
  readonly bootId: string;
  /** Told of each lease whose term is over, again at each look. */
  readonly onOver: (serial: number) => void;
}

/** A term that is told again and differs by less is the same: each is rounded, and the way here takes time. */
const SAME_MS = 1_000;

/**
 * Knows when the terms of this host's leases are over, whether the coordinator is there or not: by what it said last, which is
 * kept over restarts of the agent and of the host.
 */
export class TermWatch {
  readonly #parts: TermWatchParts;

  constructor(parts: TermWatchParts) {
    this.#parts = parts;
  }

  /** Takes all terms that the coordinator tells; what it leaves out has none any more. */
  take(told: readonly LeaseTerm[]): void {
    const { state } = this.#parts;
    const now = this.#now();
    const before = new Map(state.terms.map((term) => [term.serial, term]));
    const terms = told.map((term) => {
      const known = before.get(term.serial);
      const isSame = known?.bootId === now.bootId && Math.abs(leftMs(known, now) - term.remainingMs) < SAME_MS;
      return isSame ? known : toldTerm(term, now);
    });
    if (terms.length !== before.size || terms.some((term) => term !== before.get(term.serial))) state.setTerms(terms);
    this.look();
  }

  /** Whether the term of a lease is over. */
  isOver(serial: number): boolean {
    const term = this.#parts.state.terms.find((one) => one.serial === serial);
    return term !== undefined && leftMs(term, this.#now()) === 0;
  }

  /** Tells of those that are over. */
  look(): void {
    const now = this.#now();
    for (const term of this.#parts.state.terms) if (leftMs(term, now) === 0) this.#parts.onOver(term.serial);
  }

  #now(): HostTime {
    const { clock, bootId } = this.#parts;
    return { bootId, bootMs: clock.bootMs(), nowMs: clock.nowMs() };
  }
}
