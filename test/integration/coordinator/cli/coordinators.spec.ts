import { expect } from 'chai';
import { join } from 'node:path';
import { CoordinatorService } from '../../../../common/gen/headframe/v1/coordinator_service_pb.js';
import { createClient } from '../../../../common/rpc/index.js';
import { runCli } from '../../../../coordinator/cli/program.js';
import { captureWorld } from '../../../support/captured-world.js';
import { ClusterFixture } from '../../../support/cluster-fixture.js';
import type { ClusterMember } from '../../../support/cluster-fixture.js';
import { openCoordinatorFixture } from '../../../support/coordinator-fixture.js';
import { expectReason } from '../../../support/expect-reason.js';
import { freePort } from '../../../support/free-port.js';
import { waitFor } from '../../../support/wait-for.js';

interface Row {
  readonly address: string;
  readonly role: string;
  readonly leader: string;
  readonly text: string;
}

describe('the command with several coordinators', () => {
  let cluster: ClusterFixture;
  let first: ClusterMember;
  let second: ClusterMember;

  beforeEach(async () => {
    cluster = await ClusterFixture.open(4_000);
    first = await cluster.start();
    await cluster.leads(first);
    second = await cluster.start();
    await waitFor('the follower to know', () => second.run.text === `follower of ${first.address}`);
  });

  afterEach(async () => {
    await cluster[Symbol.asyncDispose]();
  });

  const run = async (address: string, ...argv: string[]): Promise<{ code: number; out: string; err: string }> => {
    const world = captureWorld();
    const how = ['-o', 'json', '--address', address, '--identity', join(first.dataDir, 'admin')];
    const code = await runCli([...argv, ...how], world);
    return { code, out: world.stdout.text, err: world.stderr.text };
  };

  it('calls the one that leads, whichever is named first and whether the others are there', async () => {
    const dead = `127.0.0.1:${String(await freePort())}`;
    for (const address of [`${second.address},${first.address}`, `${dead}, ${first.address}`]) {
      const { code, err } = await run(address, 'miners', 'ls');
      expect(err).to.equal('');
      expect(code).to.equal(0);
    }
    // The leader is none that was named: what is asked is handed on to it.
    for (const address of [second.address, `${dead},${second.address}`])
      expect(await run(address, 'miners', 'ls')).to.include({ code: 0, err: '' });
  });

  it('tells who leads, who follows and who is away, and has the leader hand over', async () => {
    const dead = `127.0.0.1:${String(await freePort())}`;
    const { out } = await run(`${dead},${second.address}`, 'coordinator', 'ls');
    // What it printed is what the test is about.
    const { coordinators } = JSON.parse(out) as { coordinators: Row[] };
    expect(coordinators.map(({ address, role, leader, text }) => [address, role, leader, text])).to.deep.equal([
      [dead, 'away', '', 'nothing listens there'],
      [second.address, 'follower', first.address, ''],
      [first.address, 'leader', first.address, ''],
    ]);
    const both = `${first.address},${second.address}`;
    expect((await run(both, 'coordinator', 'step-down')).code).to.equal(0);
    await cluster.leads(second);
    // Waits for whoever leads next, rather than fail.
    expect((await run(both, 'miners', 'ls')).code).to.equal(0);
  });
});

describe('the list of coordinators', () => {
  it('has all that share the store, whichever one is asked, also one that has ended', async () => {
    await using cluster = await ClusterFixture.open(4_000);
    const first = await cluster.start();
    await cluster.leads(first);
    const second = await cluster.start();
    const third = await cluster.start();
    const { coordinator } = await cluster.clientsOf(second, first);
    await waitFor('the others', async () => (await coordinator.getCoordinator({})).members.length === 3);
    await third.stop();
    const world = captureWorld();
    const how = ['--address', second.address, '--identity', join(first.dataDir, 'admin')];
    expect(await runCli(['coordinator', 'ls', ...how], world)).to.equal(0);
    const rows = world.stdout.text.trim().split('\n').slice(1);
    const told = new Map(rows.map((row) => row.split(/\s+/)).map(([address, role]) => [address, role]));
    expect(Object.fromEntries(told)).to.deep.equal({
      [first.address]: 'leader',
      [second.address]: 'follower',
      [third.address]: 'away',
    });
    expect(rows.find((row) => row.startsWith(third.address))).to.include(
      'nothing listens there; the others have heard',
    );
  });
});

describe('the coordinators of a cluster', () => {
  it('are announced, and taken out: one that is removed hands over first, and leads no more until it is taken in again', async () => {
    await using cluster = await ClusterFixture.open(1_000);
    const first = await cluster.start();
    await cluster.leads(first);
    const second = await cluster.start();
    await waitFor('the follower to know', () => second.run.text === `follower of ${first.address}`);
    const both = `${first.address},${second.address}`;
    const run = async (...argv: string[]): Promise<{ code: number; out: string; reason: string | undefined }> => {
      const world = captureWorld();
      const how = ['-o', 'json', '--address', both, '--identity', join(first.dataDir, 'admin')];
      const code = await runCli([...argv, ...how], world);
      const failure = code === 0 ? undefined : (JSON.parse(world.stderr.text) as { error: { reason: string } });
      return { code, out: world.stdout.text, reason: failure?.error.reason };
    };
    const roles = async (): Promise<Record<string, string>> => {
      const { coordinators } = JSON.parse((await run('coordinator', 'ls')).out) as { coordinators: Row[] };
      return Object.fromEntries(coordinators.map(({ address, role }) => [address, role]));
    };
    const later = `127.0.0.1:${String(await freePort())}`;

    const added = await run('coordinator', 'add', later);
    expect(JSON.parse(added.out)).to.have.nested.property('coordinators[0].configuration.advertise', later);
    expect(await roles()).to.deep.equal({
      [first.address]: 'leader',
      [second.address]: 'follower',
      [later]: 'expected',
    });
    expect((await run('coordinator', 'add', later)).reason).to.equal('coordinator_known');
    expect((await run('coordinator', 'add', 'nowhere')).reason).to.equal('invalid_address');
    expect((await run('coordinator', 'remove', later)).code).to.equal(0);
    expect(await roles()).not.to.have.property(later);

    expect((await run('coordinator', 'remove', first.address)).reason).to.equal('coordinator_leads');
    expect((await run('coordinator', 'remove', first.address, '--step-down')).code).to.equal(0);
    await cluster.leads(second);
    const out = `follower of ${second.address}, and leads no more: coordinator_removed`;
    await waitFor('the removed one to know', () => first.run.text === out);
    expect(await roles()).to.deep.equal({ [first.address]: 'removed', [second.address]: 'leader' });

    // Nobody else is left that could lead: it still does not.
    await second.stop();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(first.run.text).to.match(/^follower of .*coordinator_removed$/);
    const third = await cluster.start();
    await cluster.leads(third);
    const client = await cluster.clientsOf(third, first);
    const told = await client.coordinator.addCoordinator({ address: first.address });
    expect(told.member?.address).to.equal(first.address);
    await waitFor('it to stand again', () => first.run.text === `follower of ${third.address}`);
    await third.stop();
    await cluster.leads(first);
  });
});

describe('a coordinator that has its store for itself', () => {
  it('leads, and has nobody to hand over to', async () => {
    const at = await openCoordinatorFixture();
    try {
      const client = createClient(CoordinatorService, at.channel);
      const { address } = at.coordinator;
      expect(await client.getCoordinator({})).to.include({ address, leaderAddress: address, cluster: '' });
      await expectReason(client.stepDown({}), 'no_cluster');
      await expectReason(client.addCoordinator({ address: 'c2.test:7700' }), 'no_cluster');
    } finally {
      await at.close();
    }
  });
});
