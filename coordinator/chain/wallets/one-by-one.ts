import { walletsBusy } from './refusals.js';

/** More would wait for longer than anybody does. */
const MOST_WAITING = 8;

/** Runs what needs much memory one after another. */
export class OneByOne {
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** Throws `HeadframeError` (resource_exhausted, 'wallets_busy') when too many wait already. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MOST_WAITING) throw walletsBusy();
    this.#waiting += 1;
    // How the one before ended is for whoever asked for it.
    const mine = this.#last.then(task, task);
    this.#last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#waiting -= 1;
    }
  }
}
