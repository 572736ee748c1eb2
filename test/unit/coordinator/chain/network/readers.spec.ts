import { expect } from 'chai';
import { balanceOf } from '../../../../../coordinator/chain/network/readers/account.js';
import { stakeOfShare } from '../../../../../coordinator/chain/network/readers/neurons.js';

/** A number as @polkadot/api decodes it. */
const number = (value: bigint) => ({ toBigInt: () => value });
/** A 64.64 fixed point, likewise. */
const fixed = (value: bigint) => ({ bits: number(value * 2n ** 64n) });

describe('what is read of decoded storage', () => {
  it('is a balance in the present form of accounts, and in the former one', () => {
    const present = { free: number(9n), reserved: number(2n), frozen: number(4n), flags: number(1n) };
    expect(balanceOf(present)).to.deep.equal({ free: 9n, reserved: 2n, frozen: 4n });
    const former = { free: number(9n), reserved: number(2n), miscFrozen: number(3n), feeFrozen: number(5n) };
    expect(balanceOf(former)).to.deep.equal({ free: 9n, reserved: 2n, frozen: 5n });
    expect(balanceOf({ free: number(9n) })).to.deep.equal({ free: 9n, reserved: 0n, frozen: 0n });
  });

  it('is stake by shares, whole or with a point, and none where there are no shares', () => {
    expect(stakeOfShare(number(1_000n), number(30n), number(90n))).to.equal(333n);
    expect(stakeOfShare(number(1_000n), fixed(30n), fixed(90n))).to.equal(333n);
    expect(stakeOfShare(number(1_000n), number(0n), number(0n))).to.equal(0n);
  });
});
