import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { LeaseState } from '../../../common/gen/headframe/v1/lease_pb.js';
import type { Lease } from '../../../common/gen/headframe/v1/lease_pb.js';
import { Operator } from '../../../common/gen/headframe/v1/miner_pb.js';
import { describeWith } from '../../support/describe-with.js';
import { LeaseFleet } from '../../support/lease-fleet.js';
import { leaseSshFolder, whyNoLeases } from '../../support/lease-host.js';
import { lifeOf } from '../../support/running-fleet.js';
import { TinyRegistry } from '../../support/tiny-registry.js';

/** A host that says nothing is soon suspect, and not so soon lost. */
const QUICK = ['--heartbeat-period', '500ms', '--lease-length', '30s'];
const { REQUESTED, PLACED, PROVISIONING, PROBING, READY, SUSPECT, EXPIRING, RELEASED } = LeaseState;

describeWith(whyNoLeases())('leases whose agent or coordinator falls silent or is killed', function () {
  this.timeout(120_000);
  let at: LeaseFleet;
  let registry: TinyRegistry;
  let steady: Lease;
  before(async () => {
    registry = await TinyRegistry.open();
    at = await LeaseFleet.open(QUICK);
    await at.ask('steady');
    steady = await at.until('steady', READY);
    await at.ssh(steady, 'echo kept > /root/note');
  });
  after(async () => {
    await registry.close();
    await at.close();
  });

  const life = async (id: string) => lifeOf(await at.fleet.container(id));
  const docker = () => at.fleet.engine.docker;

  /** Has it run, and nobody be able to log in. */
  async function makeProbing(id: string): Promise<void> {
    await at.ask(id);
    const { Id } = await at.fleet.until(`the container of ${id}`, async () =>
      (await at.fleet.containers(id)).find(({ State }) => State.Running),
    );
    await docker().getContainer(Id).pause();
    await at.until(id, PROBING);
  }

  /** Has its image be on the way. */
  async function makeProvisioning(id: string): Promise<void> {
    // No more than a shell is in it: its server is the one that is lent.
    const shell = await readFile(join(leaseSshFolder, 'bin/busybox'));
    registry.hold();
    await at.ask(id, { image: (await registry.add(id, { 'bin/sh': shell })).byTag });
    await at.until(id, PROVISIONING);
    await at.fleet.until('the pull to hang', () => registry.held > 0);
  }

  /** Nothing between two times counts for the price of the lease that was ready before and is so after. */
  async function expectNoneCounted(goneAtMs: number, backAtMs: number): Promise<void> {
    const { intervals, open } = await at.leases.getLeaseLedger({ id: 'steady' });
    expect(open).not.to.equal(undefined);
    for (const { fromMs, untilMs } of [...intervals, ...(open === undefined ? [] : [open])])
      expect(untilMs <= goneAtMs || fromMs >= backAtMs, `${String(fromMs)} to ${String(untilMs)}`).to.equal(true);
  }

  /** Does something, and kills the agent at the moment that the engine tells of that in the container of a lease. */
  async function killWhen(action: string, id: string, act: () => Promise<unknown>): Promise<void> {
    const events = await docker().getEvents({ filters: { type: ['container'], event: [action] } });
    await act();
    for await (const event of events) {
      if (!String(event).includes(`"headframe.miner":"${id}"`)) continue;
      await at.fleet.agent('alpha').end('SIGKILL');
      return;
    }
  }

  it('are suspect while their host is silent, and ready again with their container once it is back', async () => {
    const before = await life('steady');
    const goneAtMs = Date.now();
    at.fleet.agent('alpha').signal('SIGSTOP');
    expect((await at.until('steady', SUSPECT)).why?.reason).to.equal('lease_host_silent');
    expect(await at.ssh(steady, 'cat /root/note')).to.equal('kept');
    const backAtMs = Date.now();
    at.fleet.agent('alpha').signal('SIGCONT');
    await at.until('steady', READY);
    expect(await life('steady')).to.deep.equal(before);
    await expectNoneCounted(goneAtMs, backAtMs);
  });

  it('go on in each state with the container that they had, or end, and count nothing of the time between', async () => {
    await at.ask('leaving');
    await at.until('leaving', READY);
    const rack = { attribute: 'labels.rack', operator: Operator.IN, values: ['a'] };
    await at.ask('waiting', { constraints: [rack] });
    await makeProvisioning('coming');
    await makeProbing('tried');
    const before = { steady: await life('steady'), tried: await life('tried') };
    const goneAtMs = Date.now();
    at.fleet.agent('alpha').signal('SIGSTOP');
    await at.ask('placed');
    await at.until('placed', PLACED);
    await at.leases.releaseLease({ id: 'leaving' });
    await at.until('steady', SUSPECT);
    await at.until('leaving', EXPIRING);
    for (const [id, state] of [
      ['waiting', REQUESTED],
      ['placed', PLACED],
      ['coming', PROVISIONING],
      ['tried', PROBING],
    ] as const)
      expect((await at.leases.getLease({ id })).lease?.state, id).to.equal(state);
    await at.kill();
    expect(await life('steady')).to.deep.equal(before.steady);
    registry.release();
    await docker().getContainer(before.tried.id).unpause();
    const backAtMs = Date.now();
    await at.startAgain();
    await at.fleet.hosts.labelHost({ host: 'alpha', set: { rack: 'a' } });
    for (const id of ['steady', 'waiting', 'placed', 'coming', 'tried']) await at.until(id, READY);
    expect({ steady: await life('steady'), tried: await life('tried') }).to.deep.equal(before);
    expect(await at.ssh(steady, 'cat /root/note')).to.equal('kept');
    const { end } = await at.until('leaving', RELEASED);
    expect(end?.reason).to.equal('lease_released');
    // One each: nothing was made twice.
    for (const id of ['waiting', 'placed', 'coming']) await at.fleet.container(id);
    await expectNoneCounted(goneAtMs, backAtMs);
  });

  it('are made, or freed, also where the agent was killed half way', async () => {
    await killWhen('create', 'begun', () => at.ask('begun'));
    await at.fleet.startAgent('alpha');
    await at.until('begun', READY);
    await at.fleet.container('begun');
    await killWhen('die', 'begun', () => at.leases.releaseLease({ id: 'begun' }));
    await at.until('begun', EXPIRING);
    await at.fleet.startAgent('alpha');
    expect((await at.until('begun', RELEASED)).end?.reason).to.equal('lease_released');
  });

  it('leave nothing', async () => {
    const { leases } = await at.leases.listLeases({});
    for (const { id } of leases) {
      const { Mounts } = await at.fleet.container(id);
      expect(Mounts.filter(({ Type }) => Type === 'volume')).to.deep.equal([]);
      await at.leases.releaseLease({ id });
    }
    for (const { id } of leases) await at.until(id, RELEASED);
    await at.nothingLeft();
    expect((await at.fleet.secrets.listSecrets({})).secrets).to.deep.equal([]);
  });
});
