const MOST_LINES = 400;

/** What a build has said, as far as it was seen: it tells its last line alone, so that some are missed. */
export class BuildBook {
  #lines: readonly string[] = [];

  /** The oldest first. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Takes the last line, unless it is still the same. */
  take(line: string): void {
    if (line === '' || line === this.#lines.at(-1)) return;
    this.#lines = [...this.#lines, line].slice(-MOST_LINES);
  }
}
