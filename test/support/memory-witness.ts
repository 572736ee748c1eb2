import type { WitnessPlace } from '../../coordinator/store/index.js';

/** Where a test's stores note how far their journal goes, in memory. */
export class MemoryWitness implements WitnessPlace {
  #placed: { readonly text: string; readonly revision: number } | undefined;
  #revision = 0;
  /** Rejects every call with it. */
  failure: Error | undefined;
  /** All that was ever written. */
  readonly written: string[] = [];

  async read(): Promise<{ readonly text: string; readonly revision: number } | undefined> {
    await this.#answer();
    return this.#placed;
  }

  async replace(text: string, revision: number): Promise<number | undefined> {
    await this.#answer();
    if ((this.#placed?.revision ?? 0) !== revision) return undefined;
    this.#revision += 1;
    this.#placed = { text, revision: this.#revision };
    this.written.push(text);
    return this.#revision;
  }

  async #answer(): Promise<void> {
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
  }
}
