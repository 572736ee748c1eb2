/** What has been opened and is to be closed again, the last first. */
export class Closers {
  readonly #closers: (() => Promise<void>)[] = [];
  #closing: Promise<void> | undefined;

  /** Adds what closes the thing just opened. */
  add(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  /** Closes everything, also when one of them fails; rejects with the first failure. A second call joins the first. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.#closers.reverse()) await close().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }
}
