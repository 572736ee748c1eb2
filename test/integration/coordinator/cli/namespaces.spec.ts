import { expect } from 'chai';
import { errorOf, jsonOf, openCliFixture, tableOf } from '../../../support/cli-fixture.js';
import type { CliFixture } from '../../../support/cli-fixture.js';
import { manifestOf } from '../../../support/cli-manifests.js';
import { waitFor } from '../../../support/wait-for.js';

describe('headframe namespaces and rebalance', () => {
  let fleet: CliFixture;
  beforeEach(async () => {
    fleet = await openCliFixture();
  });
  afterEach(() => fleet.close());

  const set = (...args: readonly string[]) => fleet.run(['namespaces', 'set', 'team', ...args, '-o', 'json']);

  it('sets limits one by one, keeps what is not named, and lifts them', async () => {
    const made = await set(
      '--cpu',
      '2500m',
      '--memory',
      '1GiB',
      '--instances',
      '9',
      '--description',
      'Us',
      '-l',
      'a=b',
    );
    expect(jsonOf(made)).to.have.deep.nested.property('quota', { cpuMillis: 2500, memoryBytes: 2 ** 30, instances: 9 });
    expect(jsonOf(await set('--gpus', '0', '--cpu', 'none'))).to.deep.include({
      quota: { memoryBytes: 2 ** 30, instances: 9, gpus: 0 },
      description: 'Us',
      labels: { a: 'b' },
    });
    expect(jsonOf(await set('--no-limits', '--disk', '1TiB'))).to.deep.include({ quota: { diskBytes: 2 ** 40 } });
    expect((await set('--cpu', 'much')).code).to.equal(2);
  });

  it('lists what is used of what', async () => {
    await fleet.addHost('host-1');
    await set('--instances', '4');
    await fleet.run(['apply', '-f', '-'], { stdin: manifestOf('web', 2, 'namespace: team') });
    await waitFor('two to be placed', async () => {
      const shown = jsonOf(await fleet.run(['namespaces', 'show', 'team', '-o', 'json']));
      return (shown['used'] as { instances: number }).instances === 2; // what the contract says
    });
    const rows = tableOf(await fleet.run(['namespaces', 'ls']));
    expect(rows.map(({ NAME, MINERS, INSTANCES }) => [NAME, MINERS, INSTANCES])).to.deep.equal([
      ['default', '0', '0'],
      ['team', '1', '2/4 (50%)'],
    ]);
    expect((await fleet.run(['namespaces', 'show', 'team'])).stdout).to.contain('2/4 (50%)');
    expect(tableOf(await fleet.run(['miners', 'ls', '-n', 'default']))).to.deep.equal([]);
    expect(tableOf(await fleet.run(['miners', 'ls', '-n', 'team']))).to.have.length(1);
  });

  it('refuses to delete without being asked for, what is in use, and what there is not', async () => {
    await set();
    expect(errorOf(await fleet.run(['namespaces', 'rm', 'team', '-o', 'json'])).reason).to.equal('confirmation_needed');
    expect(errorOf(await fleet.run(['namespaces', 'show', 'none', '-o', 'json'])).reason).to.equal(
      'namespace_not_found',
    );
    expect((await fleet.run(['namespaces', 'rm', 'team', '--yes'])).code).to.equal(0);
  });

  it('asks how to rebalance, shows the plan, and the state of none', async () => {
    await fleet.addHost('host-1');
    expect(errorOf(await fleet.run(['rebalance', '-o', 'json'])).reason).to.equal('rebalance_how');
    expect((await fleet.run(['rebalance', '--plan', '--apply'])).code).to.equal(2);
    const plan = await fleet.run(['rebalance', '--plan']);
    expect([plan.code, plan.stdout.includes('No move would pay.')]).to.deep.equal([0, true]);
    expect((await fleet.run(['rebalance', 'status'])).code).to.equal(0);
    expect(errorOf(await fleet.run(['rebalance', 'cancel', '-o', 'json'])).reason).to.equal('rebalance_idle');
  });
});
