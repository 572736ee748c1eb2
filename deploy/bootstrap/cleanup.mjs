import { say } from './say.mjs';

/** What was started, to be stopped in the opposite order. */
export class Cleanup {
  /** @type {(() => Promise<void>)[]} */
  #stops = [];

  /** @param {() => Promise<void>} stop */
  add(stop) {
    this.#stops.push(stop);
  }

  /** Stops everything; what cannot be stopped is said and does not keep the rest. @returns {Promise<boolean>} whether all went */
  async run() {
    let clean = true;
    for (let stop = this.#stops.pop(); stop !== undefined; stop = this.#stops.pop()) {
      try {
        await stop();
      } catch (error) {
        clean = false;
        say(`could not stop: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return clean;
  }
}
