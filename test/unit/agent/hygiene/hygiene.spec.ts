import { expect } from 'chai';
import { Hygiene } from '../../../../agent/hygiene/index.js';
import { openImageLedger } from '../../../../agent/state/image-ledger.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { makeTempDir } from '../../../support/temp-dir.js';

describe('the hygiene of a host that builds', () => {
  /** Times that the cache of builds was cleared in one look, with so much of the disk to be free, in percent. */
  async function clearedWith(percent: number): Promise<number> {
    await using dir = await makeTempDir();
    let cleared = 0;
    const storage = {
      images: () => Promise.resolve([]),
      findImage: () => Promise.resolve(undefined),
      removeImage: () => Promise.resolve(false),
      logs: () => Promise.resolve({ totalBytes: 0, old: [] }),
      removeLog: () => Promise.resolve(),
      clearCache: () => {
        cleared += 1;
        return Promise.resolve(true);
      },
    };
    const runtime = {
      info: () => Promise.reject(new Error('the engine is away')),
      list: () => Promise.resolve([]),
      remove: () => Promise.resolve(),
    };
    const state = {
      held: { epoch: 1, revision: 1, assignments: [], retained: [] },
      record: () => undefined,
    };
    const teller = { raise: () => undefined, clear: () => undefined, note: () => undefined };
    const ledger = await openImageLedger(dir.path);
    const parts = { runtime, storage, state, ledger, dataDir: dir.path, teller };
    const hygiene = new Hygiene(
      { ...parts, clock: new ManualClock(), logger: silentLogger },
      {
        interval: 60_000,
        images: { unusedFor: 1, minAge: 0, foreign: false },
        logs: { budget: 0 },
        ended: { maxAge: 1, maxCount: 0 },
        disk: { pressureBelow: percent, relievedAt: percent },
      },
    );
    await hygiene.pass(new AbortController().signal);
    return cleared;
  }

  it('clears what its builds left to be quicker while the disk is nearly full, and only then', async () => {
    expect(await clearedWith(100)).to.equal(1);
    expect(await clearedWith(0)).to.equal(0);
  });
});
