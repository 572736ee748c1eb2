import { isSignedBy } from '../format/miner-key.js';
import { passesBasicRules, transactionHash } from '../format/transaction.js';
import type { Transaction } from '../format/transaction.js';

/** Why a transaction is not kept. */
export type PoolRefusal = 'invalid' | 'fee' | 'signature' | 'known' | 'full';

/** That a miner keeps. */
export const MOST_TRANSACTIONS = 10_000;

const MOST_FEE = 1_000_000n;

/**
 * Transactions that may go into a block. Whether senders can pay is not known here: a miner has no state of accounts. So a pool is for
 * networks where its owner wants that; blocks are empty else.
 */
export class TransactionPool {
  readonly #most: number;
  readonly #held = new Map<string, Transaction>();

  /** Keeps so many at most, the ones with the highest fees. */
  constructor(most: number) {
    this.#most = most;
  }

  /** In the order in which they came. */
  get waiting(): readonly Transaction[] {
    return [...this.#held.values()];
  }

  /** Keeps a transaction, or says why not. */
  add(transaction: Transaction): PoolRefusal | undefined {
    const hash = transactionHash(transaction);
    const name = hash.toString('hex');
    if (this.#held.has(name)) return 'known';
    if (!passesBasicRules(transaction)) return 'invalid';
    if (transaction.fee < 1n || transaction.fee > MOST_FEE) return 'fee';
    // Room is looked at before the signature, which takes about a millisecond.
    const cheapest = this.#held.size < this.#most ? undefined : this.#cheapest();
    if (cheapest !== undefined && cheapest.fee >= transaction.fee) return 'full';
    if (!isSignedBy(transaction.sender, hash, transaction.signature)) return 'signature';
    if (cheapest !== undefined) this.#held.delete(cheapest.name);
    this.#held.set(name, transaction);
    return undefined;
  }

  /** Forgets what a block holds. */
  remove(transactions: readonly Transaction[]): void {
    for (const transaction of transactions) this.#held.delete(transactionHash(transaction).toString('hex'));
  }

  #cheapest(): { readonly name: string; readonly fee: bigint } {
    let found: { readonly name: string; readonly fee: bigint } | undefined;
    for (const [name, { fee }] of this.#held) if (found === undefined || fee < found.fee) found = { name, fee };
    // A pool for none is full of nothing.
    return found ?? { name: '', fee: MOST_FEE };
  }
}
