import { expect } from 'chai';
import { silentLogger } from '../../../../common/observe/logger.js';
import type { Alarm } from '../../../../coordinator/alarms.js';
import { AlertLoop } from '../../../../coordinator/alerts/loop.js';
import { FakeTarget, sampleAlarm } from '../../../support/alert-samples.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../support/fleet-fixture.js';

const TERMS = { raiseAfterMs: 60_000, clearAfterMs: 300_000, remindAfterMs: 3_600_000 };

describe('AlertLoop', () => {
  let at: FleetFixture;
  let alarms: Alarm[];
  let target: FakeTarget;
  let end: () => Promise<void>;

  beforeEach(async () => {
    at = await openFleetFixture();
    alarms = [];
    target = new FakeTarget();
    start();
  });
  afterEach(() => end());

  function start(): void {
    const stop = new AbortController();
    const { fleet, clock } = at;
    const parts = { fleet, clock, alarms: () => alarms, targets: [target], logger: silentLogger };
    const running = new AlertLoop(parts, TERMS).start(stop.signal);
    end = async () => {
      stop.abort();
      await running;
    };
  }

  /** As another coordinator over the same store, at the same time. */
  const restart = async (): Promise<void> => {
    await end();
    const nowMs = at.clock.nowMs();
    at = await openFleetFixture(at.store.reopen());
    at.clock.jumpWall(nowMs - at.clock.nowMs());
    start();
    await at.clock.advanceAsync(0);
  };

  it('tells of an alarm once, and once that it is over', async () => {
    alarms = [sampleAlarm()];
    await at.clock.advanceAsync(59_000);
    expect(target.heard).to.deep.equal([]);
    await at.clock.advanceAsync(600_000);
    expect(target.heard).to.deep.equal(['raised host_lost host-1']);
    alarms = [];
    await at.clock.advanceAsync(600_000);
    expect(target.heard.slice(1)).to.deep.equal(['cleared host_lost host-1']);
    expect(at.fleet.setting('alerts')).to.deep.include({ entries: {}, troubles: {} });
  });

  it('goes on after a restart: what waits to be raised is, what was told is not told again', async () => {
    alarms = [sampleAlarm()];
    await at.clock.advanceAsync(40_000);
    await restart();
    await at.clock.advanceAsync(30_000);
    expect(target.heard).to.deep.equal(['raised host_lost host-1']);
    await restart();
    await at.clock.advanceAsync(600_000);
    expect(target.heard).to.have.lengthOf(1);
    alarms = [];
    await at.clock.advanceAsync(200_000);
    await restart();
    await at.clock.advanceAsync(200_000);
    expect(target.heard.slice(1)).to.deep.equal(['cleared host_lost host-1']);
  });

  it('tells after a restart what nobody took before, under the same id, and waits as long as it was to', async () => {
    target.isWell = false;
    alarms = [sampleAlarm()];
    await at.clock.advanceAsync(65_000);
    await restart();
    expect(target.heard).to.have.lengthOf(1);
    target.isWell = true;
    await at.clock.advanceAsync(15_000);
    expect(target.heard).to.deep.equal(['raised host_lost host-1', 'raised host_lost host-1']);
    expect(target.ids[1]).to.equal(target.ids[0]);
  });

  it('writes nothing while nothing changes', async () => {
    alarms = [sampleAlarm()];
    await at.clock.advanceAsync(120_000);
    const { revision } = at.fleet;
    await at.clock.advanceAsync(120_000);
    expect(at.fleet.revision).to.equal(revision);
  });
});
