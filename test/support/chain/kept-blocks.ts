import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { BlockEntry, Database, KeyValueEntry } from '@acala-network/chopsticks-core';
import type { Genesis } from './genesis.js';

/** Storage key of the runtime's code: `:code`. */
const CODE = '0x3a636f6465';

type Hash = BlockEntry['hash'];

/**
 * The blocks of a node in a file, a line for each, so that one that was killed goes on from them; what is not in them is as
 * its chain began.
 */
export class KeptBlocks implements Database {
  readonly #file: string;
  readonly #first: Readonly<Record<string, string | undefined>>;
  /** In the order in which they were made. */
  readonly #blocks = new Map<Hash, BlockEntry>();
  /** As it was kept or begun with last. */
  #code: string | null | undefined;
  #isOpen = false;

  constructor(file: string, genesis: Genesis) {
    this.#file = file;
    this.#first = genesis.genesis.raw.top;
    this.#code = this.#first[CODE];
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    // What a kill cut off has no end of its line.
    for (const line of text.split('\n').slice(0, -1)) this.#take(JSON.parse(line) as BlockEntry); // as written below
  }

  /** Takes new blocks from now on, and tells those that were there, the last one last. */
  open(): readonly Hash[] {
    this.#isOpen = true;
    return [...this.#blocks.keys()];
  }

  /** A block once more where something was set upon it since. */
  saveBlock = (block: BlockEntry): Promise<void> => {
    // Each start makes the first block again: what was set upon it is kept.
    if (!this.#isOpen && this.#blocks.has(block.hash)) return Promise.resolve();
    const { [CODE]: code, ...storageDiff } = block.storageDiff ?? {};
    // A block's storage holds what was read of it too: megabytes of code, that seldom changes.
    const kept = code === this.#code ? { ...block, storageDiff } : block;
    this.#take(kept);
    appendFileSync(this.#file, `${JSON.stringify(kept)}\n`);
    return Promise.resolve();
  };

  queryBlock = (hash: Hash): Promise<BlockEntry | null> => Promise.resolve(this.#blocks.get(hash) ?? null);

  queryBlockByNumber = (number: number): Promise<BlockEntry | null> =>
    Promise.resolve([...this.#blocks.values()].findLast((block) => block.number === number) ?? null);

  queryHighestBlock = (): Promise<BlockEntry | null> => Promise.resolve([...this.#blocks.values()].at(-1) ?? null);

  deleteBlock = (hash: Hash): Promise<void> => {
    this.#blocks.delete(hash);
    return Promise.resolve();
  };

  blocksCount = (): Promise<number> => Promise.resolve(this.#blocks.size);

  /** Asked for no block but the one before the first. */
  queryStorage = (blockHash: Hash, key: string): Promise<KeyValueEntry> =>
    Promise.resolve({ blockHash, key, value: this.#first[key] ?? null });

  saveStorage = (): Promise<void> => Promise.resolve();

  close = (): Promise<void> => Promise.resolve();

  #take(block: BlockEntry): void {
    this.#code = block.storageDiff?.[CODE] ?? this.#code;
    this.#blocks.set(block.hash, block);
  }
}
