import { expect } from 'chai';
import { openFleet } from '../../../../coordinator/fleet/index.js';
import { FENCE_EPOCHS } from '../../../../coordinator/store/store.js';
import type { Store } from '../../../../coordinator/store/store.js';
import { addMiner } from '../../../support/fleet-fixture.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { MemoryStore } from '../../../support/memory-store.js';

/** A store that was set back so many times, by restore or repair. */
function setBack(times: number): Store {
  const store = new MemoryStore();
  return {
    load: async () => ({ ...(await store.load()), epoch: times * FENCE_EPOCHS + 4 }),
    commit: () => Promise.resolve(),
    close: () => store.close(),
  };
}

async function firstSerial(times: number): Promise<number> {
  return addMiner(await openFleet(setBack(times), { clock: new ManualClock() }), {}, 1);
}

describe('serials of instances', () => {
  it('are never those that a coordinator drew after the backup that was restored', async () => {
    expect(await firstSerial(0)).to.equal(1);
    expect(await firstSerial(1)).to.equal(1_000_000_001);
    expect(await firstSerial(2)).to.equal(2_000_000_001);
  });
});
