import { setTimeout as sleep } from 'node:timers/promises';
import type { ChainNode } from '../../../support/chain/chain-node.js';
import { between } from '../../../support/seeded-random.js';
import type { Random } from '../../../support/seeded-random.js';

const EVERY_MS = { least: 500, most: 2_000 };
const MOST_UNFINAL = 2;

/** Makes block after block, of which some stay without finality for a while. */
export class BlockMaker {
  readonly #node: ChainNode;
  readonly #random: Random;
  readonly #over = new AbortController();
  readonly #made: Promise<void>;

  constructor(node: ChainNode, random: Random) {
    this.#node = node;
    this.#random = random;
    this.#made = this.#run();
  }

  /** Makes no more; what was made is final. */
  async stop(): Promise<void> {
    this.#over.abort();
    await this.#made;
    await this.#node.holdFinality(false);
  }

  async #run(): Promise<void> {
    let unfinal = 0;
    while (!this.#over.signal.aborted) {
      const pause = between(this.#random, EVERY_MS.least, EVERY_MS.most);
      await sleep(pause, undefined, { signal: this.#over.signal }).catch(() => undefined);
      if (unfinal === 0) unfinal = between(this.#random, 0, MOST_UNFINAL);
      else unfinal -= 1;
      // A node that stands still makes none.
      await this.#one(unfinal).catch(() => undefined);
    }
  }

  async #one(unfinal: number): Promise<void> {
    await this.#node.holdFinality(unfinal > 0);
    // To let finality go on makes one.
    if (unfinal > 0) await this.#node.newBlocks();
  }
}
