import { expect } from 'chai';
import { BenchFleet } from '../../../bench/fleet/bench-fleet.js';
import { makeTempDir } from '../../../support/temp-dir.js';

/** Five thousand is what one coordinator is made for; fewer in every run of all tests, which share the machine with it. */
const AGENTS = Number(process.env['HEADFRAME_TEST_STORM_AGENTS'] ?? 1_000);
const INSTANCES = 5 * AGENTS;

describe(`${String(AGENTS)} agents whose coordinator was killed`, () => {
  it('come back by themselves, spread over a while, with every instance as it was', async () => {
    await using folder = await makeTempDir();
    // Long enough for the slowest of machines: what is tested is that they come back, not how soon silence is a loss.
    const options = {
      agents: AGENTS,
      instances: INSTANCES,
      miners: 50,
      usageInstances: 1,
      dials: 300,
      steadyS: 0,
      leaseS: 120,
    };
    await using fleet = await BenchFleet.open(
      { ...options, churn: false, floor: false, plaintext: false, nodeOptions: '' },
      folder.path,
    );
    await fleet.applyToRunning();
    const { seconds, restarts } = await fleet.resynchronise();
    expect(restarts).to.equal(0);
    expect(seconds).to.be.lessThan(180);
    expect(await fleet.peakResidentMb).to.be.lessThan(1_000);
  });
}).timeout(420_000);
