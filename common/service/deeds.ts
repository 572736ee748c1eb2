import type { ServiceOptions } from './service-spec.js';

/** Does things one by one and says each; only says them in a dry run. */
export class Deeds {
  readonly #options: Pick<ServiceOptions, 'dryRun' | 'say'>;

  constructor(options: Pick<ServiceOptions, 'dryRun' | 'say'>) {
    this.#options = options;
  }

  /** Says what is done, and does it. */
  async do(what: string, deed: () => unknown): Promise<void> {
    this.#options.say(this.#options.dryRun ? `would ${what}` : what);
    if (!this.#options.dryRun) await deed();
  }
}
