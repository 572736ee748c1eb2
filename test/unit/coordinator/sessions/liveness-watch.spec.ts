import { expect } from 'chai';
import { lostAfterMs } from '../../../../common/model/host-lease.js';
import type { Fleet } from '../../../../coordinator/fleet/index.js';
import { LivenessWatch } from '../../../../coordinator/sessions/liveness-watch.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import { sampleHost } from '../../../support/fleet-samples.js';
import type { ManualClock } from '../../../support/manual-clock.js';

const LOST_AFTER_MS = lostAfterMs(10_000);
const MASS_LOSS = { share: 0.4, minHosts: 3, windowMs: 60_000 };
const OPTIONS = { heartbeatPeriodMs: 1000, leaseMs: 10_000, massLoss: MASS_LOSS };

describe('LivenessWatch', () => {
  let fleet: Fleet;
  let clock: ManualClock;
  let watch: LivenessWatch;
  let stop: AbortController;
  let running: Promise<void>;

  beforeEach(async () => {
    ({ fleet, clock } = await openFleetFixture());
    fleet.transact((tx) => {
      tx.putHost(sampleHost());
    });
    // A coordinator that has been up for a while before this watch begins.
    clock.advance(60_000);
    watch = new LivenessWatch({ fleet, clock }, OPTIONS);
    stop = new AbortController();
    running = watch.start(stop.signal);
  });

  afterEach(async () => {
    stop.abort();
    await running;
    expect(clock.pendingTimers).to.equal(0);
  });

  const state = (): string => `${fleet.host('host-1')?.state ?? ''} ${fleet.host('host-1')?.reason ?? ''}`;

  it('counts every host as heard when the coordinator starts', async () => {
    await clock.advanceAsync(2400);
    expect(state()).to.equal('ready host_joined');
  });

  it('suspects a silent host, then gives it up a margin after its lease, and not sooner', async () => {
    await clock.advanceAsync(2600);
    expect(state()).to.equal('suspect heartbeat_missed');
    await clock.advanceAsync(LOST_AFTER_MS - 2600 - 1);
    expect(state()).to.equal('suspect heartbeat_missed');
    await clock.advanceAsync(200);
    expect(state()).to.equal('lost host_lost');
  });

  it('gives up a host that has not come back after a start only when its time to return is over, too', async () => {
    stop.abort();
    await running;
    stop = new AbortController();
    watch = new LivenessWatch({ fleet, clock }, { ...OPTIONS, returnMs: { least: 20_000, most: 60_000 } });
    running = watch.start(stop.signal);
    await clock.advanceAsync(LOST_AFTER_MS + 19_000);
    expect(state()).to.equal('suspect heartbeat_missed');
    await clock.advanceAsync(5_000);
    expect(state()).to.equal('lost host_lost');
  });

  it('gives up no host after a start while others still come back, within bounds', async () => {
    stop.abort();
    await running;
    stop = new AbortController();
    watch = new LivenessWatch({ fleet, clock }, { ...OPTIONS, returnMs: { least: 20_000, most: 60_000 } });
    running = watch.start(stop.signal);
    for (let at = 0; at < 5; at += 1) {
      await clock.advanceAsync(10_000);
      watch.heard(`other-${String(at)}`);
    }
    await clock.advanceAsync(LOST_AFTER_MS - 1_000);
    expect(state()).to.equal('suspect heartbeat_missed');
    for (let at = 5; at < 9; at += 1) watch.heard(`other-${String(at)}`);
    await clock.advanceAsync(15_000);
    expect(state()).to.equal('lost host_lost');
  });

  it('clears the suspicion with the next message', async () => {
    await clock.advanceAsync(5000);
    watch.heard('host-1');
    expect(state()).to.equal('ready host_rejoined');
    await clock.advanceAsync(2400);
    expect(state()).to.equal('ready host_rejoined');
  });

  it('suspects a host at once when its session ends, but gives it up no sooner', async () => {
    watch.heard('host-1');
    watch.left('host-1');
    expect(state()).to.equal('suspect session_ended');
    await clock.advanceAsync(10_000);
    expect(state()).to.equal('suspect session_ended');
  });

  it('does not bring a lost host back by a late message: it must say hello again', async () => {
    await clock.advanceAsync(20_000);
    watch.heard('host-1');
    expect(state()).to.equal('lost host_lost');
  });

  it('counts silence on a clock that nobody can set', async () => {
    clock.jumpWall(3_600_000);
    await clock.advanceAsync(2000);
    expect(state()).to.equal('ready host_joined');
    expect(watch.lastSeenMs('host-1')).to.equal(0);
    watch.heard('host-1');
    expect(watch.lastSeenMs('host-1')).to.equal(clock.nowMs());
  });
});
