import { expect } from 'chai';
import { manifestOf } from '../../../support/cli-manifests.js';
import { errorOf, jsonOf, openCliFixture, tableOf } from '../../../support/cli-fixture.js';
import type { CliFixture } from '../../../support/cli-fixture.js';

describe('headframe hosts and events', () => {
  let fleet: CliFixture;
  beforeEach(async () => {
    fleet = await openCliFixture();
    await fleet.addHost('host-1');
  });
  afterEach(() => fleet.close());

  it('labels, and lists by label', async () => {
    await fleet.addHost('host-2');
    expect((await fleet.run(['hosts', 'label', 'host-1', 'rack=a', 'zone=x'])).code).to.equal(0);
    expect((await fleet.run(['hosts', 'label', 'host-1', 'zone-'])).code).to.equal(0);
    const listed = jsonOf(await fleet.run(['hosts', 'ls', '-l', 'rack=a', '-o', 'json']));
    expect(listed).to.have.nested.property('hosts.length', 1);
    expect(listed).to.have.deep.nested.property('hosts[0].labels', { rack: 'a' });
  });

  it('cordons and uncordons', async () => {
    expect(tableOf(await fleet.run(['hosts', 'cordon', 'host-1', '--reason', 'new disk']))[0]).to.include({
      STATE: 'ready,cordoned',
    });
    expect((await fleet.run(['hosts', 'show', 'host-1'])).stdout).to.contain('new disk');
    expect(tableOf(await fleet.run(['hosts', 'uncordon', 'host-1']))[0]).to.include({ STATE: 'ready' });
    expect((await fleet.run(['hosts', 'cordon', 'host-7'])).code).to.equal(3);
  });

  it('drains to elsewhere, and says what is left when there is no elsewhere', async () => {
    await fleet.run(['apply', '-f', '-', '--wait'], { stdin: manifestOf('web', 2) });
    const stuck = await fleet.run(['hosts', 'drain', 'host-1', '--wait', '--timeout', '300ms', '-o', 'json']);
    expect(stuck.code).to.equal(6);
    expect(Object.keys(errorOf(stuck).metadata)).to.have.members(['web-1', 'web-2']);
    await fleet.addHost('host-2');
    expect((await fleet.run(['hosts', 'drain', 'host-1', '--wait', '--timeout', '20s'])).code).to.equal(0);
    const instances = tableOf(await fleet.run(['instances', 'ls']));
    expect(new Set(instances.map(({ HOST }) => HOST))).to.deep.equal(new Set(['host-2']));
  }).timeout(30_000);

  it('removes a host only after a yes, and with instances only by force', async () => {
    await fleet.run(['apply', '-f', '-', '--wait'], { stdin: manifestOf('web', 1) });
    expect((await fleet.run(['hosts', 'rm', 'host-1'])).code).to.equal(2);
    const refused = await fleet.run(['hosts', 'rm', 'host-1', '--yes', '-o', 'json']);
    expect(refused.code).to.equal(4);
    expect(errorOf(refused).reason).to.equal('host_in_use');
    const removed = await fleet.run(['hosts', 'rm', 'host-1', '--force', '--yes', '-o', 'json']);
    expect(jsonOf(removed)).to.deep.equal({ removed: 'host-1' });
  });

  it('prints events from a revision on, one object a line for programs', async () => {
    await fleet.run(['apply', '-f', '-', '--wait'], { stdin: manifestOf('web', 1) });
    const reasons = async (...argv: string[]): Promise<unknown[]> => {
      const { stdout } = await fleet.run(['events', '-o', 'json', ...argv]);
      return stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as { revision: number; reason: string });
    };
    const all = await reasons();
    // After the identity of its admin.
    expect(all).to.have.nested.property('[1].reason', 'coordinator_started');
    const applied = await reasons('--miner', 'web');
    expect(applied).to.have.nested.property('[0].reason', 'miner_applied');
    const after = await reasons('--since-revision', String((applied[0] as { revision: number }).revision));
    expect(after).to.deep.equal(applied.slice(1));
  });

  it('follows events until it is interrupted', async () => {
    const interrupt = new AbortController();
    const { world, ended } = fleet.start(['events', '-f'], { interrupt: interrupt.signal });
    await fleet.until('the first event', () => world.stdout.text.includes('host_joined'));
    await fleet.run(['hosts', 'cordon', 'host-1']);
    await fleet.until('the event', () => world.stdout.text.includes('host_cordoned'));
    interrupt.abort();
    expect(await ended).to.equal(0);
  });
});
