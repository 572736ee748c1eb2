import type { Clock } from '../../../common/model/clock.js';
import type { KeyPair } from './key-pair.js';

interface Unlocked {
  readonly id: string;
  readonly pair: KeyPair;
  readonly untilMs: number;
  readonly untilBootMs: number;
  readonly cancel: () => void;
}

/** The keys that are open, in memory alone and each for a time; a machine that sleeps does not prolong it. */
export class UnlockedKeys {
  readonly #clock: Pick<Clock, 'nowMs' | 'bootMs' | 'setTimer'>;
  readonly #onOver: (wallet: string) => void;
  readonly #open = new Map<string, Unlocked>();

  /** `onOver` is told of each whose time is over. */
  constructor(clock: Pick<Clock, 'nowMs' | 'bootMs' | 'setTimer'>, onOver: (wallet: string) => void) {
    this.#clock = clock;
    this.#onOver = onOver;
  }

  /** Takes over the key of a wallet, which `id` tells from others of its name; erases the one that was open. */
  hold(wallet: string, id: string, pair: KeyPair, forMs: number): void {
    this.lock(wallet);
    const cancel = this.#clock.setTimer(() => {
      this.#end(wallet);
    }, forMs);
    const untilMs = this.#clock.nowMs() + forMs;
    this.#open.set(wallet, { id, pair, untilMs, untilBootMs: this.#clock.bootMs() + forMs, cancel });
  }

  /** Undefined when it is locked. */
  find(wallet: string, id: string): KeyPair | undefined {
    return this.#current(wallet, id)?.pair;
  }

  /** Unix milliseconds at which it locks itself; undefined when it is locked. */
  untilMs(wallet: string, id: string): number | undefined {
    return this.#current(wallet, id)?.untilMs;
  }

  /** Erases the key of a wallet; whether it was open. */
  lock(wallet: string): boolean {
    const found = this.#open.get(wallet);
    if (found === undefined) return false;
    found.cancel();
    found.pair.erase();
    return this.#open.delete(wallet);
  }

  /** Erases all. */
  lockAll(): void {
    for (const wallet of [...this.#open.keys()]) this.lock(wallet);
  }

  #current(wallet: string, id: string): Unlocked | undefined {
    const found = this.#open.get(wallet);
    // The timer sleeps with the machine.
    if (found !== undefined && this.#clock.bootMs() >= found.untilBootMs) this.#end(wallet);
    const current = this.#open.get(wallet);
    return current?.id === id ? current : undefined;
  }

  #end(wallet: string): void {
    if (this.lock(wallet)) this.#onOver(wallet);
  }
}
