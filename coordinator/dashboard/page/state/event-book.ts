import type { EventJson } from './wire.js';

/** What is kept of events that were told. */
const MOST_EVENTS = 5_000;

/** Events as they were told, the newest last; each once, however often it comes. */
export class EventBook {
  #events: EventJson[] = [];
  readonly #seen = new Set<string>();

  /** The oldest first. */
  get all(): readonly EventJson[] {
    return this.#events;
  }

  /** Takes those that are new. */
  take(events: readonly EventJson[]): void {
    for (const event of events) {
      const key = keyOf(event);
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      this.#events.push(event);
    }
    const spare = this.#events.length - MOST_EVENTS;
    if (spare <= 0) return;
    for (const event of this.#events.slice(0, spare)) this.#seen.delete(keyOf(event));
    this.#events = this.#events.slice(spare);
  }
}

/** What tells an event apart from all others. Pure. */
export function keyOf({ revision, subject, id, reason, state }: EventJson): string {
  return `${revision} ${subject} ${id} ${reason} ${state}`;
}
