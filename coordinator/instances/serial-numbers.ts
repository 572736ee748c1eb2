const PAGE_SIZE = 256;

interface Page {
  /** Each number + 1; 0 means none. */
  readonly numbers: Float64Array;
  used: number;
}

/**
 * A number from 0 for each serial that has one, such as its row. Serials are drawn from one counter, hence dense: pages cost
 * 8 bytes an instance where a map costs 40, and a page goes when its last instance does.
 */
export class SerialNumbers {
  readonly #pages = new Map<number, Page>();
  /** The page used last: what is asked for together was mostly drawn together. */
  #lastKey = -1;
  #last: Page | undefined;

  /** The number of a serial, if it has one. */
  get(serial: number): number | undefined {
    const number = this.#pageAt(Math.floor(serial / PAGE_SIZE))?.numbers[serial % PAGE_SIZE];
    return number === undefined || number === 0 ? undefined : number - 1;
  }

  /** Gives a serial its number, in place of the one it may have. */
  set(serial: number, number: number): void {
    const key = Math.floor(serial / PAGE_SIZE);
    const page = this.#pageAt(key) ?? this.#open(key);
    if (page.numbers[serial % PAGE_SIZE] === 0) page.used += 1;
    page.numbers[serial % PAGE_SIZE] = number + 1;
  }

  /** Forgets a serial. */
  delete(serial: number): void {
    const key = Math.floor(serial / PAGE_SIZE);
    const page = this.#pageAt(key);
    if (page === undefined || page.numbers[serial % PAGE_SIZE] === 0) return;
    page.numbers[serial % PAGE_SIZE] = 0;
    page.used -= 1;
    if (page.used > 0) return;
    this.#pages.delete(key);
    this.#lastKey = -1;
  }

  #pageAt(key: number): Page | undefined {
    if (key === this.#lastKey) return this.#last;
    const page = this.#pages.get(key);
    if (page !== undefined) [this.#lastKey, this.#last] = [key, page];
    return page;
  }

  #open(key: number): Page {
    const page = { numbers: new Float64Array(PAGE_SIZE), used: 0 };
    this.#pages.set(key, page);
    return page;
  }
}
