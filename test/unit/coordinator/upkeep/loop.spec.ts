import { expect } from 'chai';
import { silentLogger } from '../../../../common/observe/logger.js';
import { UpkeepLoop } from '../../../../coordinator/upkeep/loop.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../support/fleet-fixture.js';
import { sampleHost } from '../../../support/fleet-samples.js';

describe('UpkeepLoop', () => {
  let at: FleetFixture;
  let ordered: string[];
  let stop: AbortController;
  let running: Promise<void>;

  beforeEach(async () => {
    at = await openFleetFixture();
    ordered = [];
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await running;
  });

  const putHost = (id: string, bootId: string, step?: 'draining' | 'rebooting'): void => {
    const base = sampleHost(id);
    const before = { cordoned: false, draining: false };
    const times = { sinceMs: at.clock.nowMs(), untilMs: step === 'rebooting' ? at.clock.nowMs() + 600_000 : 0 };
    const upkeep = step && ({ activity: 'reboot', step, text: '', bootId: 'boot-1', before, ...times } as const);
    at.fleet.transact((tx) => {
      tx.putHost({ ...base, state: 'ready', description: { ...base.description, bootId }, upkeep });
    });
  };
  const start = async (): Promise<void> => {
    const orderReboot = (hostId: string): void => {
      ordered.push(hostId);
    };
    const options = { rebootShare: 1, rebootDeadlineMs: 600_000 };
    const loop = new UpkeepLoop({ fleet: at.fleet, orderReboot, clock: at.clock, logger: silentLogger }, options);
    running = loop.start(stop.signal);
    await at.clock.advanceAsync(0);
  };

  it('orders the reboot of an empty host, and again at each look until it has booted anew', async () => {
    putHost('idle', 'boot-1');
    putHost('host-a', 'boot-1', 'draining');
    await start();
    expect(ordered).to.deep.equal(['host-a']);
    expect(at.fleet.host('host-a')?.upkeep?.step).to.equal('rebooting');
    await at.clock.advanceAsync(5_000);
    expect(ordered.length).to.be.within(2, 3);
    putHost('host-a', 'boot-2', 'rebooting');
    const told = ordered.length;
    await at.clock.advanceAsync(10_000);
    expect(ordered).to.have.lengthOf(told);
    expect(at.fleet.host('host-a')?.upkeep).to.equal(undefined);
  });

  it('orders reboots that were under way before it started', async () => {
    putHost('host-a', 'boot-1', 'rebooting');
    putHost('host-b', 'boot-2');
    await start();
    expect(ordered).to.deep.equal(['host-a']);
  });
});
