/** A binary heap: the item that comes before all others is on top. */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #before: (a: T, b: T) => boolean;

  /** `before` is a strict order; items must not change their order while they are in the heap. */
  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  /** How many items there are. */
  get size(): number {
    return this.#items.length;
  }

  /** The first item. */
  peek(): T | undefined {
    return this.#items[0];
  }

  /** All items, in no particular order. */
  items(): Iterable<T> {
    return this.#items;
  }

  /** Adds an item. */
  push(item: T): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent];
      if (above === undefined || !this.#before(item, above)) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
  }

  /** Takes the first item out. */
  pop(): T | undefined {
    const top = this.#items[0];
    const last = this.#items.pop();
    if (last !== undefined && this.#items.length > 0) this.#sink(last);
    return top;
  }

  #sink(item: T): void {
    const items = this.#items;
    let at = 0;
    for (let child = this.#firstChild(at); child < items.length; child = this.#firstChild(at)) {
      const below = items[child];
      if (below === undefined || !this.#before(below, item)) break;
      items[at] = below;
      at = child;
    }
    items[at] = item;
  }

  #firstChild(of: number): number {
    const left = 2 * of + 1;
    const [a, b] = [this.#items[left], this.#items[left + 1]];
    return a !== undefined && b !== undefined && this.#before(b, a) ? left + 1 : left;
  }
}
