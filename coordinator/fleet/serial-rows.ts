const PAGE_SIZE = 256;

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

  /** Row of a serial, or undefined. */
  get(serial: number): number | undefined {
    const row = this.#pages.get(Math.floor(serial / PAGE_SIZE))?.rows[serial % PAGE_SIZE];
    return row === undefined || row === 0 ? undefined : row - 1;
  }

  /** Records the row of a serial that has none. */
  add(serial: number, row: number): void {
    const key = Math.floor(serial / PAGE_SIZE);
    const page = this.#pages.get(key) ?? { rows: new Int32Array(PAGE_SIZE), used: 0 };
    if (page.used === 0) this.#pages.set(key, page);
    page.rows[serial % PAGE_SIZE] = row + 1;
    page.used += 1;
  }

  /** Forgets a serial that has a row. */
  delete(serial: number): void {
    const key = Math.floor(serial / PAGE_SIZE);
    const page = this.#pages.get(key);
    if (page === undefined) return;
    page.rows[serial % PAGE_SIZE] = 0;
    page.used -= 1;
    if (page.used === 0) this.#pages.delete(key);
  }
}
