const PAGE_SIZE = 256;

interface Page {
  /** 0 means none. */
  readonly revisions: Float64Array;
  used: number;
}

/** A fleet revision for each serial that has one: in pages, for serials are dense, which takes 8 bytes where a map takes 40. */
export class SerialRevisions {
  readonly #pages = new Map<number, Page>();
  /** The page used last: what changes together was mostly drawn together. */
  #lastKey = -1;
  #last: Page | undefined;

  /** The revision of a serial, if it has one. */
  get(serial: number): number | undefined {
    const revision = this.#pageAt(Math.floor(serial / PAGE_SIZE))?.revisions[serial % PAGE_SIZE];
    return revision === 0 ? undefined : revision;
  }

  /** Gives a serial its revision, from 1. */
  set(serial: number, revision: number): void {
    const key = Math.floor(serial / PAGE_SIZE);
    const page = this.#pageAt(key) ?? this.#open(key);
    if (page.revisions[serial % PAGE_SIZE] === 0) page.used += 1;
    page.revisions[serial % PAGE_SIZE] = revision;
  }

  /** Forgets a serial. */
  delete(serial: number): void {
    const key = Math.floor(serial / PAGE_SIZE);
    const page = this.#pageAt(key);
    if (page === undefined || page.revisions[serial % PAGE_SIZE] === 0) return;
    page.revisions[serial % PAGE_SIZE] = 0;
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
    const page = { revisions: new Float64Array(PAGE_SIZE), used: 0 };
    this.#pages.set(key, page);
    return page;
  }
}
