import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { crowdedOut, readThreads, threadsSince } from '../../../../agent/challenge/prover/crowding.js';
import type { WorkView } from '../../../../agent/challenge/prover/crowding.js';
import { makeTempDir } from '../../../support/temp-dir.js';

/** Late, and held up by others three times as long as it ran. */
const CROWDED: WorkView = {
  elapsedMs: 10_000,
  withinMs: 8_000,
  threads: { ranMs: 2_500, waitedMs: 7_500 },
  throttledMs: 0,
};

describe('work that is late', () => {
  it('is given up where others had its processors for longer than it had', () => {
    expect(crowdedOut(CROWDED)).to.include({ reason: 'challenge_host_loaded', code: 'resource_exhausted' });
  });

  const goesOn: Readonly<Record<string, Partial<WorkView>>> = {
    'there is time left': { elapsedMs: 7_500 },
    'nobody lets it be given up': { withinMs: 0 },
    'it is slow by itself': { threads: { ranMs: 9_900, waitedMs: 100 } },
    'it waits for memory or a disk, and not for a processor': { threads: { ranMs: 400, waitedMs: 300 } },
    'its own limit held it back': { throttledMs: 6_000 },
    'the kernel counts nothing': { threads: undefined },
  };
  for (const [title, over] of Object.entries(goesOn))
    it(`goes on where ${title}`, () => {
      expect(crowdedOut({ ...CROWDED, ...over })).to.equal(undefined);
    });

  it('is never given up in time, nor with most of its processors', () => {
    const ms = fc.nat(1_000_000);
    fc.assert(
      fc.property(fc.record({ elapsedMs: ms, withinMs: ms, throttledMs: ms }), ms, ms, (view, ranMs, waitedMs) => {
        if (crowdedOut({ ...view, threads: { ranMs, waitedMs } }) === undefined) return;
        expect(view.elapsedMs).to.be.at.least(0.95 * view.withinMs);
        expect(waitedMs).to.be.greaterThan(ranMs);
      }),
    );
  });
});

describe('the times of threads', () => {
  it('are those of all there are, and the difference of two readings', async () => {
    await using temp = await makeTempDir();
    for (const [task, text] of [
      ['1', '2000000 500000 7\n'],
      ['12', '1000000 3500000 9\n'],
    ] as const) {
      await mkdir(join(temp.path, task));
      await writeFile(join(temp.path, task, 'schedstat'), text);
    }
    const found = await readThreads(temp.path);
    expect(found).to.deep.equal({ ranMs: 3, waitedMs: 4 });
    expect(threadsSince({ ranMs: 1, waitedMs: 1 }, found)).to.deep.equal({ ranMs: 2, waitedMs: 3 });
  });

  it('are unknown where the kernel counts none', async () => {
    await using temp = await makeTempDir();
    await mkdir(join(temp.path, '1'));
    await writeFile(join(temp.path, '1', 'schedstat'), '0 0 0\n');
    expect(await readThreads(temp.path)).to.equal(undefined);
    expect(await readThreads(join(temp.path, 'none'))).to.equal(undefined);
    expect(threadsSince(undefined, { ranMs: 1, waitedMs: 1 })).to.equal(undefined);
  });

  it('are counted of this process by the kernel', async () => {
    const before = await readThreads();
    for (let count = 0, from = performance.now(); performance.now() < from + 20; count += 1) Math.sqrt(count);
    const since = threadsSince(before, await readThreads());
    expect(since?.ranMs).to.be.greaterThan(0);
  });
});
