import { expect } from 'chai';
import { HeadframeError } from '../../../../../common/model/error.js';
import { stakeCallOf } from '../../../../../coordinator/chain/stake/stake-call.js';
import type { StakeChain } from '../../../../../coordinator/chain/stake/stake-call.js';

const BEFORE: StakeChain = { network: 'test', kind: 'subtensor', dynamicTao: false, limitedStake: false };
const RAONET: StakeChain = { ...BEFORE, dynamicTao: true };
const NOW: StakeChain = { ...RAONET, limitedStake: true };
const COMMUNE: StakeChain = { ...BEFORE, kind: 'subspace' };
const FRAME: StakeChain = { ...BEFORE, kind: 'frame' };

const at = { hotkey: '5Hot', netuid: 7 };
const root = { hotkey: '5Hot', netuid: 0 };
const limit = { price: 5n, partial: true };

function callOf(...parameters: Parameters<typeof stakeCallOf>) {
  const { call, spends } = stakeCallOf(...parameters);
  return { does: `${call.pallet}.${call.method}`, args: call.args, spends };
}

function refused(...parameters: Parameters<typeof stakeCallOf>): string {
  try {
    return stakeCallOf(...parameters).call.method;
  } catch (error) {
    if (!(error instanceof HeadframeError)) throw error;
    return [error.reason, ...error.violations.map(({ path }) => path)].join(' ');
  }
}

describe('the call of a stake operation', () => {
  it('is by subnet where stake is, and spends what is added alone', () => {
    expect(callOf({ kind: 'add', to: at, amount: 3n }, RAONET)).to.deep.equal({
      does: 'subtensorModule.addStake',
      args: ['5Hot', 7, '3'],
      spends: 3n,
    });
    expect(callOf({ kind: 'remove', from: at, amount: 3n }, RAONET)).to.deep.equal({
      does: 'subtensorModule.removeStake',
      args: ['5Hot', 7, '3'],
      spends: 0n,
    });
    expect(callOf({ kind: 'move', from: at, to: root, amount: 3n }, RAONET)).to.deep.equal({
      does: 'subtensorModule.moveStake',
      args: ['5Hot', '5Hot', 7, 0, '3'],
      spends: 0n,
    });
  });

  it('keeps to a price where the chain can, and is refused where it cannot', () => {
    expect(callOf({ kind: 'add', to: at, amount: 3n, limit }, NOW)).to.deep.equal({
      does: 'subtensorModule.addStakeLimit',
      args: ['5Hot', 7, '3', '5', true],
      spends: 3n,
    });
    const { does } = callOf({ kind: 'remove', from: at, amount: 3n, limit }, NOW);
    expect(does).to.equal('subtensorModule.removeStakeLimit');
    for (const chain of [RAONET, BEFORE, COMMUNE])
      expect(refused({ kind: 'add', to: root, amount: 3n, limit }, chain)).to.equal('stake_invalid limit_price');
  });

  it('names no subnet where stake is not held by one', () => {
    expect(callOf({ kind: 'add', to: root, amount: 3n }, BEFORE).args).to.deep.equal(['5Hot', '3']);
    expect(callOf({ kind: 'add', to: root, amount: 3n }, COMMUNE)).to.deep.equal({
      does: 'subspaceModule.addStake',
      args: ['5Hot', '3'],
      spends: 3n,
    });
    expect(callOf({ kind: 'move', from: root, to: { hotkey: '5New', netuid: 0 }, amount: 3n }, COMMUNE)).to.deep.equal({
      does: 'subspaceModule.transferStake',
      args: ['5Hot', '5New', '3'],
      spends: 0n,
    });
    for (const chain of [BEFORE, COMMUNE])
      expect(refused({ kind: 'remove', from: at, amount: 3n }, chain)).to.equal('stake_invalid netuid');
  });

  it('is refused where the chain has no such thing, for no amount, and for a move to where it is', () => {
    expect(refused({ kind: 'move', from: at, to: root, amount: 1n }, BEFORE)).to.equal('chain_lacks');
    for (const kind of ['add', 'remove', 'move'] as const)
      expect(refused({ kind, from: at, to: root, amount: 1n }, FRAME)).to.equal('chain_lacks');
    expect(refused({ kind: 'add', to: at, amount: 0n }, NOW)).to.equal('stake_invalid amount');
    expect(refused({ kind: 'remove', from: at, amount: -1n }, NOW)).to.equal('stake_invalid amount');
    expect(refused({ kind: 'move', from: at, to: at, amount: 1n }, NOW)).to.equal('stake_invalid to_hotkey');
  });
});
