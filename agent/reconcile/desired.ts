import type { Assignment } from '../../common/model/workload.js';
import type { HeldAssignments } from '../state/agent-state.js';

/** What the coordinator wants held on this host, by serial. */
export class Desired {
  readonly #assignments = new Map<number, Assignment>();
  readonly #retained = new Set<number>();
  #isKnown = false;

  /** Takes a new whole in. */
  hold(held: HeldAssignments): void {
    this.#assignments.clear();
    this.#retained.clear();
    for (const assignment of held.assignments) this.#assignments.set(assignment.serial, assignment);
    for (const serial of held.retained) this.#retained.add(serial);
    this.#isKnown = held.epoch > 0;
  }

  /** Whether a coordinator has ever said what this host is to hold; an agent that lost its state does not know. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  assignment(serial: number): Assignment | undefined {
    return this.#assignments.get(serial);
  }

  assignments(): Iterable<Assignment> {
    return this.#assignments.values();
  }

  /** Whether the instance has ended and its container is kept for its logs. */
  isRetained(serial: number): boolean {
    return this.#retained.has(serial);
  }

  serials(): number[] {
    return [...this.#assignments.keys(), ...this.#retained];
  }
}
