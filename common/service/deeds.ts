/** How deeds are done. */
interface DeedOptions {
  /** Says what would be done, and does nothing. */
  readonly dryRun: boolean;
  /** A line for people about what is done. */
  readonly say: (line: string) => void;
}

/** Does things one by one and says each, and takes them back in reverse when it is told to; only says them in a dry run. */
export class Deeds {
  readonly #options: DeedOptions;
  readonly #undo: { readonly what: string; readonly deed: () => unknown }[] = [];

  constructor(options: DeedOptions) {
    this.#options = options;
  }

  /** Says what is done, and does it; `undo` takes it back, even where it was done in part. */
  async do(what: string, deed: () => unknown, undo?: () => unknown): Promise<void> {
    this.#options.say(this.#options.dryRun ? `would ${what}` : what);
    if (this.#options.dryRun) return;
    if (undo !== undefined) this.#undo.push({ what, deed: undo });
    await deed();
  }

  /** Takes back what was done, the latest first; what cannot be taken back is said and left. */
  async undoAll(): Promise<void> {
    for (const { what, deed } of this.#undo.splice(0).reverse()) {
      this.#options.say(`take back: ${what}`);
      try {
        await deed();
      } catch (error) {
        this.#options.say(`that failed: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}
