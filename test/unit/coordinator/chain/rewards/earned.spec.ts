import { expect } from 'chai';
import fc from 'fast-check';
import type { Holding, Metagraph, Neuron } from '../../../../../coordinator/chain/metagraph/metagraph.js';
import { pairOf } from '../../../../../coordinator/chain/metagraph/read-moves.js';
import { earnedBy, markOf } from '../../../../../coordinator/chain/rewards/earned.js';
import { sampleMetagraph, sampleNeuron, sampleSubnet } from '../../../../support/chain/metagraph-samples.js';

const STEPPING: Partial<Metagraph> = { stepsEachBlock: true };
const READ = { atMs: 7, moves: undefined };

describe('what a hotkey has earned', () => {
  const of = (neuron: Partial<Neuron>, now: Partial<Metagraph> = {}, before = sampleSubnet()) =>
    earnedBy(sampleNeuron(neuron), sampleMetagraph(now), before, READ);

  it('is what the chain says that the epoch paid, once for each epoch', () => {
    expect(of({ emission: 50n })).to.deep.equal({
      ...{ fromBlock: 540, toBlock: 900, atMs: 7, basis: 'emission', earned: '50', spot: '50', out: '50', missed: 0 },
    });
    expect(of({ emission: 50n }, {}, sampleSubnet({ lastEpoch: 900 }))).to.equal(undefined);
    expect(of({ emission: 50n }, { epochs: { last: undefined, next: undefined } })).to.equal(undefined);
  });

  it('is nothing before the first reading, and nothing of a place that was somebody else’s then', () => {
    expect(of({ emission: 50n }, {}, sampleSubnet({ block: 0 }))).to.equal(undefined);
    expect(of({ emission: 50n, registeredAt: 950 })).to.equal(undefined);
    expect(of({ emission: 50n, registeredAt: 700 })).to.include({ fromBlock: 700, earned: '50', missed: 0 });
  });

  it('is of the last epoch alone where others were missed, and says how many', () => {
    const before = sampleSubnet({ block: 100, lastEpoch: 0 });
    const now = { block: { number: 1_900, hash: '0x1' }, epochs: { last: 1_804, next: 2_165 } };
    expect(of({ emission: 50n }, now, before)).to.include({ fromBlock: 10, earned: '50', missed: 4 });
  });

  it('has no worth where nobody can tell, and less after slippage than before', () => {
    expect(of({ emission: 50n }, { pool: { kind: 'unknown' } })).not.to.have.any.keys('spot', 'out');
    const pool = { kind: 'pool', base: 1_000n, token: 500n } as const;
    expect(of({ emission: 50n }, { pool })).to.include({ earned: '50', spot: '100', out: '90' });
  });

  describe('on a runtime that pays in every block', () => {
    const holding = (total: bigint, shares: bigint, share: bigint): Holding => ({ total, shares, share });
    const then = sampleNeuron({ holding: holding(1_000n, 100n, 50n) });
    const before = sampleSubnet({ marks: { hot: markOf(then) } });
    const grown = (now: Holding, moved?: bigint, hotkey = 'hot') =>
      earnedBy(sampleNeuron({ hotkey, emission: 9n, holding: now }), sampleMetagraph(STEPPING), before, {
        atMs: 7,
        moves: moved === undefined ? undefined : new Map([[pairOf('cold', 'hot'), moved]]),
      });

    it('is by how much stake grew, less what was moved', () => {
      expect(grown(holding(1_200n, 100n, 50n), 0n)).to.include({ basis: 'growth', earned: '100', toBlock: 1_000 });
      // 500, and 400 that were staked, have become 1,020.
      expect(grown(holding(2_040n, 160n, 80n), 400n)).to.include({ basis: 'growth', earned: '120' });
      expect(grown(holding(500n, 50n, 20n), -400n)).to.include({ basis: 'growth', earned: '100' });
      expect(grown(holding(1_000n, 100n, 50n), 400n)).to.include({ earned: '0' });
    });

    it('is at least the growth of shares that were held all the time, where nobody knows what was moved', () => {
      expect(grown(holding(1_200n, 100n, 50n))).to.include({ basis: 'least', earned: '99' });
      expect(grown(holding(2_400n, 200n, 150n))).to.include({ basis: 'least', earned: '99' });
    });

    it('is nothing of a key that was not there before, or whose owner is another', () => {
      expect(grown(holding(1_200n, 100n, 50n), 0n, 'new')).to.equal(undefined);
      const other = sampleNeuron({ coldkey: 'other', holding: holding(1_200n, 100n, 50n) });
      expect(earnedBy(other, sampleMetagraph(STEPPING), before, READ)).to.equal(undefined);
    });

    it('never has moved stake in it, whether or not anybody knows what was moved', () => {
      const amount = fc.bigInt(1n, 10n ** 15n);
      fc.assert(
        fc.property(amount, amount, amount, fc.boolean(), (total, shares, moved, isKnown) => {
          // Shares are made at what they are worth, rounded against whoever stakes.
          const made = (moved * shares) / total;
          const one = sampleNeuron({ holding: holding(total, shares, shares) });
          const more = sampleNeuron({ holding: holding(total + moved, shares + made, shares + made) });
          const between = (from: Neuron, to: Neuron, by: bigint) => {
            const moves = isKnown ? new Map([[pairOf('cold', 'hot'), by]]) : undefined;
            const marked = sampleSubnet({ marks: { hot: markOf(from) } });
            return BigInt(earnedBy(to, sampleMetagraph(STEPPING), marked, { atMs: 7, moves })?.earned ?? 0);
          };
          // By rounding each share may gain what is less than one more share costs.
          const slack = isKnown ? 0n : total / shares + 1n;
          expect(between(one, more, moved) <= slack).to.equal(true);
          expect(between(more, one, -moved) <= slack).to.equal(true);
        }),
      );
    });
  });
});
