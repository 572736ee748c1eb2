import { say } from './say.js';

type Stop = (force: AbortSignal) => Promise<void>;

/** What was started, to be undone in the opposite order. */
export class Cleanup {
  readonly #stops: { readonly what: string; readonly stop: Stop }[] = [];

  /** `stop` insists instead of waiting once its signal is aborted. */
  add(what: string, stop: Stop): void {
    this.#stops.push({ what, stop });
  }

  /** Undoes everything; what fails is said and keeps nothing else from being undone. Answers whether all went well. */
  async run(force: AbortSignal): Promise<boolean> {
    let clean = true;
    for (let next = this.#stops.pop(); next !== undefined; next = this.#stops.pop()) {
      try {
        await next.stop(force);
      } catch (error) {
        clean = false;
        say(`could not clean up ${next.what}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return clean;
  }
}
