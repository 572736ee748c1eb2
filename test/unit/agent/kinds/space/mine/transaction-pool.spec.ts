import { expect } from 'chai';
import { openMinerKey } from '../../../../../../agent/kinds/space/format/miner-key.js';
import { transactionHash } from '../../../../../../agent/kinds/space/format/transaction.js';
import type { Transaction } from '../../../../../../agent/kinds/space/format/transaction.js';
import { TransactionPool } from '../../../../../../agent/kinds/space/mine/transaction-pool.js';

const key = openMinerKey(Buffer.alloc(32, 1));

function payment(change: Partial<Transaction> = {}): Transaction {
  const parties = { sender: key.minerId, recipient: Buffer.alloc(33, 2) };
  const unsigned = { version: 1, ...parties, amount: 5n, nonce: 0n, fee: 10n, ...change };
  return { ...unsigned, signature: change.signature ?? key.sign(transactionHash(unsigned)) };
}

describe('transactions that wait for a block', () => {
  it('are kept once, and refused where no block may hold them', () => {
    const pool = new TransactionPool(10);
    expect(pool.add(payment())).to.equal(undefined);
    expect(pool.add(payment())).to.equal('known');
    expect(pool.add(payment({ amount: 0n }))).to.equal('invalid');
    expect(pool.add(payment({ fee: 0n }))).to.equal('fee');
    expect(pool.add(payment({ fee: 1_000_001n }))).to.equal('fee');
    expect(pool.add(payment({ nonce: 1n, signature: Buffer.alloc(64, 1) }))).to.equal('signature');
    expect(pool.waiting).to.deep.equal([payment()]);
  });

  it('give way to higher fees where there is no room, and go once a block holds them', () => {
    const pool = new TransactionPool(2);
    for (const fee of [3n, 2n]) pool.add(payment({ fee }));
    expect(pool.add(payment({ fee: 2n, nonce: 1n }))).to.equal('full');
    expect(pool.add(payment({ fee: 4n }))).to.equal(undefined);
    expect(pool.waiting.map(({ fee }) => fee)).to.deep.equal([3n, 4n]);
    pool.remove([payment({ fee: 3n })]);
    expect(pool.waiting.map(({ fee }) => fee)).to.deep.equal([4n]);
    expect(new TransactionPool(0).add(payment())).to.equal('full');
  });
});
