/** A batch on its way: its number and what it carries. */
export interface Batch<T> {
  readonly sequence: number;
  readonly items: readonly T[];
}

/** Batches on their way at once; a coordinator that does not acknowledge gets no more, and what waits stays the latest. */
const MOST_SENT = 16;

/**
 * Keeps the latest report of each instance until the coordinator has it. Sessions are mortal, reports are not: what was
 * sent and not acknowledged when a session ends goes out again in the next one.
 */
export class Outbox<T extends { readonly serial: number }> {
  readonly #pending = new Map<number, T>();
  readonly #sent = new Map<number, readonly T[]>();
  #sequence = 0;

  /** Replaces what waits for the same instance. */
  put(item: T): void {
    this.#pending.set(item.serial, item);
  }

  /** Takes up to `limit` waiting reports for sending; undefined when none waits or too many batches are on their way. */
  take(limit: number): Batch<T> | undefined {
    if (this.#pending.size === 0 || this.#sent.size >= MOST_SENT) return undefined;
    const items: T[] = [];
    for (const [serial, item] of this.#pending) {
      if (items.length === limit) break;
      items.push(item);
      this.#pending.delete(serial);
    }
    this.#sequence += 1;
    this.#sent.set(this.#sequence, items);
    return { sequence: this.#sequence, items };
  }

  /** The coordinator has all up to this batch on stable storage. */
  acknowledge(sequence: number): void {
    for (const sent of this.#sent.keys()) if (sent <= sequence) this.#sent.delete(sent);
  }

  /** The session has ended: what was not acknowledged waits again, unless something newer does. */
  sessionEnded(): void {
    const unacknowledged = [...this.#sent.values()].reverse().flat();
    this.#sent.clear();
    for (const item of unacknowledged) if (!this.#pending.has(item.serial)) this.#pending.set(item.serial, item);
  }
}
