import { expect } from 'chai';
import { lostAfterMs } from '../../../../common/model/host-lease.js';
import type { Fleet } from '../../../../coordinator/fleet/index.js';
import { LivenessWatch } from '../../../../coordinator/sessions/liveness-watch.js';
import { expectReason } from '../../../support/expect-reason.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import { sampleHost } from '../../../support/fleet-samples.js';
import type { ManualClock } from '../../../support/manual-clock.js';

const IDS = ['a', 'b', 'c', 'd', 'e'];
const OPTIONS = {
  heartbeatPeriodMs: 1000,
  leaseMs: 10_000,
  massLoss: { share: 0.4, minHosts: 3, windowMs: 60_000 },
};
const LOST_AFTER_MS = lostAfterMs(OPTIONS.leaseMs);

describe('the mass-loss brake', () => {
  let fleet: Fleet;
  let clock: ManualClock;
  let watch: LivenessWatch;
  let stop: AbortController;
  let running: Promise<void>;

  function startWatch(): void {
    watch = new LivenessWatch({ fleet, clock }, OPTIONS);
    stop = new AbortController();
    running = watch.start(stop.signal);
  }

  async function endWatch(): Promise<void> {
    stop.abort();
    await running;
  }

  beforeEach(async () => {
    ({ fleet, clock } = await openFleetFixture());
    fleet.transact((tx) => {
      for (const id of IDS) tx.putHost(sampleHost(id));
    });
    clock.advance(60_000);
    startWatch();
  });
  afterEach(endWatch);

  /** Time in which only these hosts are heard. */
  async function hear(ids: readonly string[], forMs: number): Promise<void> {
    for (let passedMs = 0; passedMs < forMs; passedMs += 500) {
      for (const id of ids) watch.heard(id);
      await clock.advanceAsync(500);
    }
  }

  const states = (): string => IDS.map((id) => fleet.host(id)?.state ?? '').join(' ');
  const alarms = (): string[] => watch.alarms().map(({ reason }) => reason);

  it('takes hold before the first of many is lost, and lets go when enough are heard', async () => {
    await hear(['d', 'e'], LOST_AFTER_MS + 5_000);
    expect([states(), alarms()]).to.deep.equal(['suspect suspect suspect ready ready', ['mass_loss']]);
    expect(fleet.host('a')?.reason).to.equal('mass_loss');
    await hear(['b', 'c', 'd', 'e'], 3_000);
    expect([states(), alarms()]).to.deep.equal(['lost ready ready ready ready', []]);
  });

  it('holds on through a restart of the coordinator, until they are heard', async () => {
    await hear(['d', 'e'], LOST_AFTER_MS + 5_000);
    await endWatch();
    startWatch();
    await hear(['d', 'e'], LOST_AFTER_MS + 5_000);
    expect([states(), alarms()]).to.deep.equal(['suspect suspect suspect ready ready', ['mass_loss']]);
    await hear(IDS, 3_000);
    expect([states(), alarms()]).to.deep.equal(['ready ready ready ready ready', []]);
  });

  it('is released by an operator, for the hosts that are silent then', async () => {
    await hear(['d', 'e'], LOST_AFTER_MS + 5_000);
    expect(await watch.releaseBrake()).to.deep.equal(['a', 'b', 'c']);
    await hear(['d', 'e'], 2_000);
    expect([states(), alarms()]).to.deep.equal(['lost lost lost ready ready', []]);
    expect(fleet.host('a')?.reason).to.equal('host_given_up');
  });

  it('has nothing to release while it does not hold', async () => {
    await expectReason(watch.releaseBrake(), 'brake_free');
  });
});
