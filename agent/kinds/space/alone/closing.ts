/** What is to be done at the end of a block that holds it by `await using`, the last first; a step that fails keeps no other. */
export class Closing implements AsyncDisposable {
  readonly #steps: (() => unknown)[] = [];

  /** Adds a step, which may give a promise to wait for. */
  defer(step: () => unknown): void {
    this.#steps.push(step);
  }

  /** Throws what the first failing step threw, after all steps. */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
