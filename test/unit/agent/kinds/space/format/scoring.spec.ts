import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { challengeOf, genesisChallenge, scoreOf } from '../../../../../../agent/kinds/space/format/challenge.js';
import { difficultyOf, isBelow, retarget, targetOf } from '../../../../../../agent/kinds/space/format/difficulty.js';
import { countOf, indexAt, indexIn, runsOf } from '../../../../../../agent/kinds/space/format/scan-order.js';
import { betterOf, isGoodEnough, scanOneByOne, scoreLimit } from '../../../../../../agent/kinds/space/format/scan.js';
import { hex, vectorPlot, vectors } from '../../../../../support/space/vectors.js';

describe('challenges of space miners', () => {
  for (const { networkId, challenge } of vectors.genesisChallenges)
    it(`begin with that of ${networkId}`, () =>
      expect(genesisChallenge(networkId).toString('hex')).to.equal(challenge));

  for (const { previousBlockHash, epoch, challenge } of vectors.challenges) {
    it(`are as given in epoch ${epoch}`, () =>
      expect(challengeOf(hex(previousBlockHash), BigInt(epoch)).toString('hex')).to.equal(challenge));
  }
});

describe('scans of plots', () => {
  for (const { totalLeaves, strategy, count, indices, sha256OfDecimalLines } of vectors.scanOrders) {
    it(`go over ${totalLeaves} leaves as given: ${JSON.stringify(strategy)}`, () => {
      const total = Number(totalLeaves);
      const order = [...runsOf(strategy, total)].flatMap((run) =>
        Array.from({ length: run.count }, (_, at) => String(indexIn(run, at))),
      );
      expect(order).to.have.length(count);
      expect(countOf(strategy, total)).to.equal(count);
      expect(order).to.deep.equal(order.map((_, place) => String(indexAt(strategy, total, place))));
      if (indices !== null) expect(order).to.deep.equal(indices);
      expect(createHash('sha256').update(order.join('\n')).digest('hex')).to.equal(sha256OfDecimalLines);
    });
  }

  vectors.bestScores.forEach(
    ({ plot: name, leaves: given, challenge, strategy, earlyStopBits, maxLeaves, ...wanted }, at) => {
      it(`find the given best of ${name ?? 'equal leaves'} (${String(at)})`, () => {
        const leaves = given ?? vectorPlot(name ?? '').leaves;
        const { best, leavesRead } = scanOneByOne(hex(challenge), leaves.length, (index) => hex(leaves[index] ?? ''), {
          strategy,
          maxLeaves,
          ...(earlyStopBits === null ? {} : { earlyStopBits }),
        });
        expect({
          bestIndex: String(best?.index),
          bestLeaf: best?.leaf.toString('hex'),
          bestScore: best?.score.toString('hex'),
          leavesRead,
        }).to.deep.equal(wanted);
        expect(best && scoreOf(hex(challenge), best.leaf)).to.deep.equal(best?.score);
      });
    },
  );

  it('spread samples by a quotient that is rounded once', () => {
    // 11 · (30 / 22) is a little less than 15 in doubles.
    expect(indexIn({ start: 100, span: 30, count: 22 }, 11)).to.equal(114);
  });

  it('end early at as many zero bits as asked for', () => {
    for (const { score, bits, stops } of vectors.earlyStop) expect(isGoodEnough(hex(score), bits)).to.equal(stops);
    expect(isGoodEnough(Buffer.alloc(32), undefined)).to.equal(false);
  });

  it('take the lower score of two, and of equals the lower index', () => {
    const leaf = (index: number, score: number) => ({ index, leaf: Buffer.alloc(32), score: Buffer.alloc(32, score) });
    expect(betterOf(undefined, leaf(3, 9)).index).to.equal(3);
    expect(betterOf(leaf(1, 5), leaf(2, 4)).index).to.equal(2);
    expect(betterOf(leaf(1, 4), leaf(2, 5)).index).to.equal(1);
    expect(betterOf(leaf(2, 4), leaf(1, 4)).index).to.equal(1);
  });
});

describe('the limit of scores that end a scan', () => {
  it('is above just those that have enough leading zero bits', () => {
    for (const bits of [1, 7, 8, 9, 16, 255, 256]) {
      const limit = scoreLimit(bits);
      if (typeof limit === 'string') throw new Error('there is no limit');
      const below = hex((BigInt(`0x${limit.toString('hex')}`) - 1n).toString(16).padStart(64, '0'));
      expect([isGoodEnough(below, bits), isGoodEnough(limit, bits)], String(bits)).to.deep.equal([true, false]);
    }
    expect([0, 257, undefined].map(scoreLimit)).to.deep.equal(['any', 'none', 'none']);
  });
});

describe('difficulty', () => {
  for (const { difficulty, target } of vectors.targets)
    it(`${difficulty} has the given target`, () =>
      expect(targetOf(BigInt(difficulty)).toString('hex')).to.equal(target));

  for (const { difficulty, target } of vectors.targetsBack)
    it(`is ${difficulty} for the given target`, () => expect(String(difficultyOf(hex(target)))).to.equal(difficulty));

  it('is met by scores strictly below the target', () => {
    for (const { score, target, wins } of vectors.belowTarget) expect(isBelow(hex(score), hex(target))).to.equal(wins);
  });

  for (const { difficulty, timestamp, intervalStart, next } of vectors.retargets) {
    it(`${difficulty} becomes ${next} after the given interval`, () =>
      expect(String(retarget(BigInt(difficulty), Number(timestamp), Number(intervalStart)))).to.equal(next));
  }

  it('stays within what 63 bits hold', () => {
    expect(retarget(2n ** 63n - 1n, 1, 0)).to.equal(2n ** 63n - 1n);
    expect(retarget(1n, 1e15, 0)).to.equal(1n);
  });
});
