import { expect } from 'chai';
import type { KernelName, SpaceKernel } from '../../../../../../agent/kinds/space/kernel/kernel.js';
import { compileKernels, openKernel } from '../../../../../../agent/kinds/space/kernel/open-kernel.js';
import { NodeKernel } from '../../../../../../agent/kinds/space/kernel/node-kernel.js';
import { hex, vectorPlot, vectors } from '../../../../../support/space/vectors.js';

const KEY = Buffer.alloc(32, 7);
const SEED = Buffer.from(Array.from({ length: 32 }, (_, at) => (at * 37) & 255));
const BYTES = 1 << 20;
const LEAVES = 1003;
const module = compileKernels();

async function opened(name: KernelName): Promise<SpaceKernel> {
  const kernel = await openKernel(module, BYTES, name);
  expect(kernel.name).to.equal(name);
  return kernel;
}

function taken(kernel: SpaceKernel, from: number, count: number): Buffer {
  return Buffer.from(kernel.memory.subarray(from, from + 32 * count));
}

describe('what the kernels are', () => {
  it('runs on the machines that Headframe is tested on', () => expect(module).to.be.not.equal(undefined));

  it('is the next best where the fastest is not to be had', async () => {
    expect((await openKernel(undefined, BYTES)).name).to.equal('node');
    expect((await openKernel(module, BYTES, 'node')).name).to.equal('node');
  });
});

for (const name of ['native', 'wasm', 'node'] as const) {
  describe(`the kernel by ${name}`, () => {
    let kernel: SpaceKernel;
    let start: number;
    const truth = new NodeKernel(BYTES);

    before(async () => {
      kernel = await opened(name);
      start = kernel.start;
    });

    for (const plot of vectors.plots) {
      it(`makes the leaves and the tree of ${plot.name}`, () => {
        const count = plot.leaves.length;
        kernel.bindPlot(hex(plot.minerKey), hex(plot.plotSeed));
        kernel.leaves(start, count, 0);
        expect(taken(kernel, start, count).toString('hex')).to.equal(plot.leaves.join(''));
        kernel.leafNodes(start, start, count);
        const [nodes = []] = plot.levels ?? [];
        if (plot.levels) expect(taken(kernel, start, count).toString('hex')).to.equal(nodes.join(''));
        const pairs = Math.floor(count / 2);
        const above = plot.levels?.[1];
        kernel.parents(start, start, pairs);
        if (above) expect(taken(kernel, start, pairs).toString('hex')).to.equal(above.slice(0, pairs).join(''));
      });
    }

    vectors.bestScores.forEach(
      ({ plot, leaves: given, challenge, strategy, earlyStopBits, maxLeaves, ...wanted }, at) => {
        if (strategy.kind !== 'full' || earlyStopBits !== null || maxLeaves !== 0) return;
        it(`finds the given best (${String(at)})`, () => {
          const leaves = given ?? vectorPlot(plot ?? '').leaves;
          kernel.memory.set(hex(leaves.join('')), start);
          kernel.bindChallenge(hex(challenge));
          const best = kernel.best(start, leaves.length, undefined);
          expect([String(best?.at), best?.score.toString('hex')]).to.deep.equal([wanted.bestIndex, wanted.bestScore]);
        });
      },
    );

    for (const nonce of [0, 1, 2, 3, 4_294_967_290, 2 ** 32 - 504, 2 ** 44 + 5]) {
      it(`makes leaves from nonce ${String(nonce)} on as node:crypto does, and nothing beside them`, () => {
        for (const each of [kernel, truth]) {
          each.bindPlot(KEY, SEED);
          each.memory.fill(0xee, each.start, each.start + 32 * (LEAVES + 4));
          each.leaves(each.start, LEAVES, nonce);
        }
        expect(taken(kernel, start, LEAVES + 4).equals(taken(truth, 0, LEAVES + 4))).to.equal(true);
      });
    }

    it('makes nodes as node:crypto does, in place and apart, and nothing beside them', () => {
      for (const count of [1, 2, 3, 4, 5, 7, 8, 500]) {
        for (const offset of [0, 65_536]) {
          for (const each of [kernel, truth]) {
            each.leaves(each.start, LEAVES, 0);
            each.leafNodes(each.start, each.start + offset, count);
            each.parents(each.start + 256, each.start + 131_072, count);
          }
          for (const place of [0, offset, 131_072])
            expect(taken(kernel, start + place, LEAVES).equals(taken(truth, place, LEAVES))).to.equal(true);
        }
      }
    });

    it('finds the best that node:crypto finds, and none where none is below the limit', () => {
      for (const each of [kernel, truth]) {
        each.bindPlot(KEY, SEED);
        each.leaves(each.start, LEAVES, 12);
      }
      for (let challenge = 0; challenge < 40; challenge += 1) {
        for (const each of [kernel, truth]) each.bindChallenge(Buffer.alloc(32, challenge));
        const count = LEAVES - challenge;
        const wanted = truth.best(0, count, undefined);
        expect(kernel.best(start, count, undefined)).to.deep.equal(wanted);
        expect(kernel.best(start, count, wanted?.score)).to.equal(undefined);
      }
    });
  });
}
