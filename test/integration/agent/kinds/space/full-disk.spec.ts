import { execFileSync } from 'node:child_process';
import { statfsSync, writeFileSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { openMinerKey } from '../../../../../agent/kinds/space/format/miner-key.js';
import { createPlot } from '../../../../../agent/kinds/space/plot/create-plot.js';
import type { PlotMade } from '../../../../../agent/kinds/space/plot/create-plot.js';
import { checkPlot } from '../../../../../agent/kinds/space/prove/check-plot.js';
import { systemClock } from '../../../../../common/model/clock.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { openLibraryProver } from '../../../../support/space/library-prover.js';
import { makeSmallPlot } from '../../../../support/space/small-plot.js';
import { makeTempDir } from '../../../../support/temp-dir.js';
import { headerOf } from '../../../../support/space/header-of.js';

const MIB = 2 ** 20;
const key = openMinerKey(Buffer.alloc(32, 7));
/** Four chunks of 2 MiB. */
const LEAVES = (8 * MIB) / 32;

/** A disk of a few megabytes until the block ends that holds it. */
async function smallDisk() {
  const temp = await makeTempDir();
  const path = join(temp.path, 'disk');
  await mkdir(path);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'none', path]);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      // What was read there may not be closed yet.
      execFileSync('umount', ['-l', path]);
      await temp[Symbol.asyncDispose]();
    },
  };
}

describe('a disk that others fill while a plot is made', function () {
  this.timeout(20_000);

  it('ends the making with its name, keeps what was made and the other plots, and is gone on with when it has room', async () => {
    await using disk = await smallDisk();
    const done = join(disk.path, 'done.plot');
    await makeSmallPlot(done, key.plotKey, 5000, 3);
    const path = join(disk.path, 'new.plot');
    const plan = { minerKey: key.plotKey, plotSeed: Buffer.alloc(32, 4), leafCount: LEAVES, topLevels: 3 };
    const filler = join(disk.path, 'filler');
    let isFilled = false;
    const make = (onProgress: () => void): Promise<PlotMade> =>
      createPlot(
        { path, plan, threads: 1, bytesPerSecond: 8 * MIB, keepFreeBytes: 0 },
        { clock: systemClock, signal: new AbortController().signal, onProgress },
      );
    // Once a chunk is there, and before the next is begun, somebody else takes all but half of one.
    const fill = (): void => {
      if (isFilled) return;
      isFilled = true;
      const { bavail, bsize } = statfsSync(disk.path);
      writeFileSync(filler, Buffer.alloc(bavail * bsize - MIB));
    };
    await expectReason(make(fill), 'plot_disk_full');
    expect(isFilled).to.equal(true);

    // Mining goes on with the rest.
    using prover = await openLibraryProver(done);
    expect(
      await prover.prove({ challenge: Buffer.alloc(32, 5), epoch: 1n }, new AbortController().signal),
    ).to.not.equal(undefined);
    await expectReason(
      make(() => undefined),
      'plot_disk_full',
    );

    await rm(filler);
    const made = await make(() => undefined);
    expect(made.resumedLeaves).to.be.greaterThan(0);
    expect((await stat(path)).size).to.equal(121 + 32 * LEAVES);
    await checkPlot(
      { path, cachePath: `${path}.cache`, header: await headerOf(path) },
      { clock: systemClock, signal: new AbortController().signal, onProgress: () => undefined },
    );
  });
});
