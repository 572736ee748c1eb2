import { expect } from 'chai';
import { pino } from 'pino';
import type { HostState } from '../../../../../common/model/host.js';
import type { InstanceState } from '../../../../../common/model/instance.js';
import { usableMs } from '../../../../../common/model/lease-record.js';
import { eventsOf } from '../../../../../coordinator/fleet/events.js';
import { Leases, createLease, extendLease, releaseLease } from '../../../../../coordinator/kinds/lease/index.js';
import type { LeaseProber, ProbeVerdict } from '../../../../../coordinator/kinds/lease/index.js';
import { openFleetFixture } from '../../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../../support/fleet-fixture.js';
import { sampleHost, sampleSpec } from '../../../../support/fleet-samples.js';
import { leaseSpec } from '../../../../support/lease-samples.js';
import { reasonOf } from '../../../../support/thrown-reason.js';

const [MINUTE, HOUR] = [60_000, 3_600_000];
const TERM = 5 * MINUTE;
const ID = 'lease-1';
const ENDS: InstanceState[] = ['assigned', 'preparing', 'starting', 'running'];

/** Logs in wherever `up`, and finds ports as it is told. */
class Tenant implements LeaseProber {
  up = true;
  portsClosed = true;
  probes = 0;

  probe(): Promise<ProbeVerdict> {
    this.probes += 1;
    const found = this.up ? { reason: 'lease_ready', text: '' } : { reason: 'ssh_refused', text: 'nobody answers' };
    return Promise.resolve({ passed: this.up, ...found });
  }

  isClosed(): Promise<boolean> {
    return Promise.resolve(this.portsClosed);
  }
}

describe('the loop of leases', () => {
  let at: FleetFixture;
  let tenant: Tenant;
  let leases: Leases;
  let stop: () => Promise<void>;
  let serial = 0;

  beforeEach(async () => {
    at = await openFleetFixture();
    tenant = new Tenant();
    start();
    at.fleet.transact((tx) => {
      tx.putHost(sampleHost());
      ({ serial } = createLease(tx, {
        spec: sampleSpec({ name: ID, kind: 'lease', lease: leaseSpec() }),
        waitLimitMs: 10 * MINUTE,
        ...{ termMs: TERM, graceMs: 0, hostKey: 'k', fingerprint: 'f', nowMs: leases.nowMs() },
      }));
    });
    await settle();
  });

  afterEach(() => stop());

  function start(): void {
    const { fleet, clock } = at;
    const parts = { fleet, clock, logger: pino({ enabled: false }), prober: tenant, isBraked: () => false };
    leases = new Leases({ ...parts, bootId: 'boot' });
    const abort = new AbortController();
    const ended = leases.start(abort.signal);
    stop = async () => {
      abort.abort();
      await ended;
    };
  }

  /** Lets the loop see what has changed. */
  const settle = (ms = 50): Promise<void> => at.clock.advanceAsync(ms);
  const lease = () => at.fleet.lease(ID);
  const report = (state: InstanceState, reason = state as string): void => {
    at.fleet.transact((tx) => tx.updateInstance(serial, { state, reason, text: '' }));
  };
  const setHost = (state: HostState): void => {
    at.fleet.transact((tx) => tx.putHost(sampleHost('host-1', { state })));
  };
  const place = (): void => {
    const patch = { state: 'assigned', hostId: 'host-1', hostPorts: [30_000], reason: 'placed', text: '' } as const;
    at.fleet.transact((tx) => tx.updateInstance(serial, patch));
  };
  const makeReady = async (): Promise<void> => {
    place();
    report('running');
    await settle();
    await settle();
    expect(lease()?.state).to.equal('ready');
  };

  it('carries a lease from its request until it is ready, each state with its event', async () => {
    const told: string[] = [];
    at.fleet.onApplied((commit) => {
      for (const { reason } of eventsOf(commit)) if (reason.startsWith('lease_')) told.push(reason);
    });
    const states = [lease()?.state];
    place();
    for (const state of [undefined, 'preparing', 'running'] as const) {
      if (state !== undefined) report(state);
      await settle();
      states.push(lease()?.state);
    }
    expect(states.slice(0, 3)).to.deep.equal(['requested', 'placed', 'provisioning']);
    await settle();
    expect(lease()).to.include({ state: 'ready', hostId: 'host-1', endsAtMs: (lease()?.startsAtMs ?? 0) + TERM });
    expect(told).to.deep.equal(['lease_placed', 'lease_provisioning', 'lease_probing', 'lease_ready']);
  });

  it('releases what no host takes within its wait limit, also where the coordinator was away meanwhile', async () => {
    await settle(10 * MINUTE - 1_000);
    expect(lease()?.state).to.equal('requested');
    await stop();
    at.clock.suspend(2_000);
    start();
    await settle();
    expect(lease()).to.include({ state: 'released', reason: 'lease_no_host', serial: 0 });
    expect([at.fleet.miner(ID), at.fleet.instance(serial)]).to.deep.equal([undefined, undefined]);
  });

  it('tries a lease often while its server comes up, then every second, and once it is ready every minute', async () => {
    tenant.up = false;
    place();
    report('running');
    for (let ms = 0; ms < 1_000; ms += 10) await settle(10);
    expect(tenant.probes).to.be.within(4, 6);
    const soon = tenant.probes;
    for (let second = 0; second < 10; second += 1) await settle(1_000);
    expect(tenant.probes - soon).to.be.within(8, 11);
    tenant.up = true;
    for (let second = 0; second < 2; second += 1) await settle(1_000);
    expect(lease()?.state).to.equal('ready');
    const ready = tenant.probes;
    await settle(50_000);
    expect(tenant.probes).to.equal(ready);
    await settle(15_000);
    expect(tenant.probes).to.equal(ready + 1);
  });

  it('does not try one again at once that is ready by its first probe', async () => {
    await makeReady();
    await settle(2_000);
    expect(tenant.probes).to.equal(1);
  });

  it('tells hosts how long their leases last, with time to become ready before that', async () => {
    place();
    await settle();
    expect(leases.termsOn('host-1')[0]?.remainingMs).to.be.within(TERM, TERM + 16 * MINUTE);
    report('running');
    await settle();
    await settle();
    expect(leases.termsOn('host-1')).to.have.length(1);
    expect(leases.termsOn('host-1')[0]?.remainingMs).to.be.within(TERM - 1_000, TERM);
    expect(leases.termsOn('host-2')).to.deep.equal([]);
  });

  it('counts what probes prove, and frees all of a lease at the end of its term', async () => {
    await makeReady();
    for (let minute = 0; minute < 4; minute += 1) await settle(MINUTE);
    expect(lease()?.state).to.equal('ready');
    await settle(2 * MINUTE);
    expect(lease()).to.include({ state: 'expiring', reason: 'lease_ending' });
    expect(at.fleet.instance(serial)).to.include({ state: 'stopping', reason: 'lease_term_over' });
    report('stopped');
    await settle();
    await settle();
    expect(lease()).to.include({ state: 'released', reason: 'lease_term_over', serial: 0 });
    expect([at.fleet.miner(ID), at.fleet.instance(serial)]).to.deep.equal([undefined, undefined]);
    const record = lease();
    expect(record && usableMs(record.ledger)).to.be.within(3 * MINUTE, TERM);
  });

  it('ends no lease and counts no time for a wall clock that is set', async () => {
    await makeReady();
    await settle(2 * MINUTE);
    const before = lease();
    at.clock.jumpWall(5 * HOUR);
    await settle(2 * MINUTE);
    const after = lease();
    expect(after).to.include({ state: 'ready', endsAtMs: before?.endsAtMs });
    expect(after && usableMs(after.ledger)).to.be.within(2 * MINUTE, 4.5 * MINUTE);
    expect(leases.wallOffsetMs).to.equal(5 * HOUR);
    expect(leases.termsOn('host-1')[0]?.remainingMs).to.be.within(0.5 * MINUTE, 1.5 * MINUTE);
  });

  it('takes a jump out also where it happened while no coordinator was there', async () => {
    await makeReady();
    await settle(2 * MINUTE);
    await stop();
    at.clock.jumpWall(9 * HOUR);
    start();
    await settle(2 * MINUTE);
    expect(lease()?.state).to.equal('ready');
  });

  it('keeps a lease whose host is silent for longer than the host lease, and its container as it was', async () => {
    await makeReady();
    setHost('lost');
    at.clock.suspend(3 * MINUTE);
    await settle(2_000);
    expect(lease()).to.include({ state: 'suspect', reason: 'lease_host_silent' });
    expect(at.fleet.instance(serial)).to.include({ state: 'running' });
    setHost('ready');
    await settle();
    await settle();
    expect(lease()?.state).to.equal('ready');
    expect(at.fleet.instance(serial)).to.include({ state: 'running', restarts: 0 });
  });

  it('frees the lease of a silent host once that is back after its term', async () => {
    await makeReady();
    setHost('lost');
    await settle();
    at.clock.suspend(3 * HOUR);
    await settle(2_000);
    expect(lease()).to.include({ state: 'expiring', reason: 'lease_end_waits' });
    expect(at.fleet.miner(ID)).not.to.equal(undefined);
    setHost('ready');
    report('stopped', 'lease_term_over');
    await settle();
    await settle();
    expect(lease()?.state).to.equal('released');
  });

  it('keeps a lease that has ended while something answers at its port', async () => {
    await makeReady();
    tenant.portsClosed = false;
    at.fleet.transact((tx) => releaseLease(tx, ID, { name: 'ada', nowMs: leases.nowMs() }));
    await settle();
    report('stopped');
    await settle();
    await settle();
    expect(lease()).to.include({ state: 'expiring', reason: 'lease_port_open' });
    tenant.portsClosed = true;
    await settle(10_000);
    expect(lease()).to.include({ state: 'released', reason: 'lease_released', text: 'Released by ada.' });
  });

  it('goes on in each state where a coordinator was killed', async () => {
    const again = async (): Promise<void> => {
      await stop();
      start();
      await settle();
      await settle();
    };
    place();
    for (const state of ENDS) {
      if (state !== 'assigned') report(state);
      await again();
    }
    expect(lease()?.state).to.equal('ready');
    tenant.up = false;
    await settle(2 * MINUTE);
    expect(lease()).to.include({ state: 'suspect', reason: 'lease_unreachable' });
    await again();
    expect(lease()?.state).to.equal('suspect');
    at.fleet.transact((tx) => releaseLease(tx, ID, { name: 'ada', nowMs: leases.nowMs() }));
    await again();
    expect(at.fleet.instance(serial)?.state).to.equal('stopping');
    report('stopped');
    await again();
    expect(lease()?.state).to.equal('released');
  });

  it('has terms made longer before and after they begin, and never beyond a year', async () => {
    expect(at.fleet.transact((tx) => extendLease(tx, ID, HOUR)).value).to.include({ termMs: TERM + HOUR, endsAtMs: 0 });
    await makeReady();
    const endsAtMs = lease()?.endsAtMs ?? 0;
    expect(at.fleet.transact((tx) => extendLease(tx, ID, HOUR)).value.endsAtMs).to.equal(endsAtMs + HOUR);
    expect(reasonOf(() => at.fleet.transact((tx) => extendLease(tx, ID, 400 * 24 * HOUR)))).to.equal(
      'lease_term_too_long',
    );
    at.fleet.transact((tx) => releaseLease(tx, ID, { name: 'ada', nowMs: leases.nowMs() }));
    expect(reasonOf(() => at.fleet.transact((tx) => extendLease(tx, ID, HOUR)))).to.equal('lease_over');
  });
});
