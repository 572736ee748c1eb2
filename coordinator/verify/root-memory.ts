/** Commits that are remembered over the whole fleet. */
const MOST = 10_000;

/** Knows commits again: by another seed none comes up twice. */
export class RootMemory {
  readonly #seen = new Set<string>();

  /** Whether none of these roots was ever seen here; from now on they were. */
  isNew(roots: readonly Uint8Array[]): boolean {
    const names = roots.map((root) => Buffer.from(root).toString('base64'));
    const isNew = names.every((name) => !this.#seen.has(name));
    for (const name of names) this.#seen.add(name);
    for (const oldest of this.#seen) {
      if (this.#seen.size <= MOST) break;
      this.#seen.delete(oldest);
    }
    return isNew;
  }
}
