/** Serials that wait, oldest first; taking from the front and adding at the back are cheap. */
export class PendingList {
  #serials: number[] = [];
  #head = 0;
  readonly #removed = new Set<number>();

  /** How many wait. */
  get size(): number {
    return this.#serials.length - this.#head - this.#removed.size;
  }

  /** The oldest. */
  first(): number | undefined {
    this.#skipRemoved();
    return this.#serials[this.#head];
  }

  /** Adds a serial that is not in the list. */
  add(serial: number): void {
    if (this.#removed.delete(serial)) return;
    const last = this.#serials.at(-1);
    if (last === undefined || this.#head === this.#serials.length || last < serial) this.#serials.push(serial);
    else this.#insert(serial);
  }

  /** Takes a serial out that is in the list. */
  remove(serial: number): void {
    this.#removed.add(serial);
    this.#skipRemoved();
    if (this.#removed.size > 64 && this.#removed.size * 2 > this.#serials.length - this.#head) this.#compact();
  }

  /** Takes the oldest `count` out, or all there are. */
  take(count: number): number[] {
    const plain = this.#removed.size === 0;
    const taken = plain ? this.#serials.slice(this.#head, this.#head + count) : [];
    if (plain) this.#head += taken.length;
    else this.#takeOneByOne(taken, count);
    if (this.#head > 1024 && this.#head * 2 > this.#serials.length) this.#compact();
    return taken;
  }

  #takeOneByOne(taken: number[], count: number): void {
    for (let serial = this.first(); serial !== undefined && taken.length < count; serial = this.first()) {
      taken.push(serial);
      this.#head += 1;
    }
  }

  /** The oldest `count`, which stay. */
  oldest(count: number): number[] {
    const found: number[] = [];
    for (let at = this.#head; at < this.#serials.length && found.length < count; at += 1) {
      const serial = this.#serials[at];
      if (serial !== undefined && !this.#removed.has(serial)) found.push(serial);
    }
    return found;
  }

  #skipRemoved(): void {
    for (;;) {
      const serial = this.#serials[this.#head];
      if (serial === undefined || !this.#removed.delete(serial)) return;
      this.#head += 1;
    }
  }

  #insert(serial: number): void {
    let [low, high] = [this.#head, this.#serials.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#serials[middle] ?? 0) < serial) low = middle + 1;
      else high = middle;
    }
    this.#serials.splice(low, 0, serial);
  }

  #compact(): void {
    this.#serials = this.#serials.slice(this.#head).filter((serial) => !this.#removed.has(serial));
    this.#removed.clear();
    this.#head = 0;
  }
}
