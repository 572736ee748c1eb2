const PAGE_SIZE = 2048;

interface Page {
  /** Row + 1; 0 means none. */
  readonly rows: Int32Array;
  used: number;
}

/**
 * Finds the row of a serial. Serials are drawn from one counter, hence dense: pages cost 4 bytes an instance where a
 * map costs 40, and a page goes when its last instance does.
 */
export class SerialRows {
  readonly #pages = new Map<number, Page>();
  /** The page used last: what is asked for together was mostly drawn together. */
  #lastKey = -1;
  #last: Page | undefined;

  /** Row of a serial, or undefined. */
  get(serial: number): number | undefined {
    const row = this.#pageAt(Math.floor(serial / PAGE_SIZE))?.rows[serial % PAGE_SIZE];
    return row === undefined || row === 0 ? undefined : row - 1;
  }

  /** Records the row of a serial that has none. */
  add(serial: number, row: number): void {
    const key = Math.floor(serial / PAGE_SIZE);
    const page = this.#pageAt(key) ?? this.#open(key);
    page.rows[serial % PAGE_SIZE] = row + 1;
    page.used += 1;
  }

  /** Forgets a serial that has a row. */
  delete(serial: number): void {
    const key = Math.floor(serial / PAGE_SIZE);
    const page = this.#pageAt(key);
    if (page === undefined) return;
    page.rows[serial % PAGE_SIZE] = 0;
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
    const page = { rows: new Int32Array(PAGE_SIZE), used: 0 };
    this.#pages.set(key, page);
    return page;
  }
}
