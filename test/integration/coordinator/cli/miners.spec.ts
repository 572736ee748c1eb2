import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';
import { manifestOf } from '../../../support/cli-manifests.js';
import { errorOf, jsonOf, openCliFixture, tableOf } from '../../../support/cli-fixture.js';
import type { CliFixture } from '../../../support/cli-fixture.js';

describe('headframe miners, status and top', () => {
  let fleet: CliFixture;
  const apply = async (...manifests: string[]): Promise<void> => {
    const applied = await fleet.run(['apply', '-f', '-', '--wait'], { stdin: manifests.join('---\n') });
    expect(applied).to.include({ code: 0, stderr: '' });
  };
  beforeEach(async () => {
    fleet = await openCliFixture();
    await fleet.addHost('host-1');
  });
  afterEach(() => fleet.close());

  it('lists by priority, and only what has the labels', async () => {
    await apply(
      manifestOf('low', 0, 'priority: low', 'labels: { team: a }'),
      manifestOf('high', 0, 'priority: high', 'labels: { team: a }'),
      manifestOf('other', 0),
    );
    const names = async (...argv: string[]): Promise<(string | undefined)[]> =>
      tableOf(await fleet.run(['miners', 'ls', ...argv])).map(({ NAME }) => NAME);
    expect(await names()).to.deep.equal(['high', 'other', 'low']);
    expect(await names('-l', 'team=a')).to.deep.equal(['high', 'low']);
  });

  it('lists all pages as one', async () => {
    const many = Array.from({ length: 1001 }, (_, index) => `m${String(index)}`);
    for (const part of [many.slice(0, 600), many.slice(600)]) {
      const stdin = part.map((name) => manifestOf(name, 0)).join('---\n');
      expect((await fleet.run(['apply', '-f', '-'], { stdin })).code).to.equal(0);
    }
    expect(jsonOf(await fleet.run(['miners', 'ls', '-o', 'json']))['miners']).to.have.length(1001);
  }).timeout(30_000);

  it('prints manifests that can be applied again', async () => {
    await apply(manifestOf('a', 1, 'priority: high'), manifestOf('b', 0));
    const exported = await fleet.run(['miners', 'ls', '--manifest']);
    const documents = parseAllDocuments(exported.stdout).map((document) => document.toJS() as unknown); // typed as any
    expect(documents).to.deep.equal([
      parse(manifestOf('a', 1, 'priority: high').replace('replicas: 1\n', '').replace('cpu: 1', "cpu: '1'")),
      parse(manifestOf('b', 0).replace('cpu: 1', "cpu: '1'")),
    ]);
    for (const argv of [
      ['ls', '--manifest'],
      ['show', 'a', '--manifest', '-o', 'json'],
    ]) {
      const { stdout } = await fleet.run(['miners', ...argv]);
      const again = await fleet.run(['apply', '-f', '-', '-o', 'json'], { stdin: stdout });
      expect(jsonOf(again)).to.have.nested.property('results[0].change', 'APPLY_CHANGE_UNCHANGED');
    }
  });

  it('shows a miner as the contract has it to programs', async () => {
    await apply(manifestOf('web', 1));
    const shown = await fleet.run(['miners', 'show', 'web', '-o', 'yaml']);
    expect(parse(shown.stdout)).to.have.nested.property('spec.container.image', 'web:1');
    expect(parse(shown.stdout)).to.have.nested.property('counts.running', 1);
  });

  it('suggests the name that was meant', async () => {
    await apply(manifestOf('bitcoin', 0));
    const shown = await fleet.run(['miners', 'show', 'bitcion', '-o', 'json']);
    expect(shown.code).to.equal(3);
    expect(errorOf(shown)).to.include({ code: 'not_found', reason: 'miner_not_found' });
    expect(errorOf(shown).remedy).to.contain('bitcoin');
  });

  it('scales, stops and restarts, and waits for each', async () => {
    await apply(manifestOf('web', 1));
    expect((await fleet.run(['miners', 'scale', 'web', '3', '--wait'])).code).to.equal(0);
    expect(tableOf(await fleet.run(['instances', 'ls']))).to.have.length(3);
    expect((await fleet.run(['miners', 'stop', 'web', '--wait'])).code).to.equal(0);
    expect(tableOf(await fleet.run(['miners', 'ls']))[0]).to.include({ STATUS: 'stopped', RUNNING: '0/0' });
    expect((await fleet.run(['miners', 'scale', 'web', '1', '--wait'])).code).to.equal(0);
    const [before] = tableOf(await fleet.run(['instances', 'ls']));
    expect((await fleet.run(['miners', 'restart', 'web', '--wait', '--timeout', '20s'])).code).to.equal(0);
    const [after] = tableOf(await fleet.run(['instances', 'ls']));
    expect(after?.['ID']).to.not.equal(before?.['ID']);
  }).timeout(30_000);

  it('waits for states that have come, and says what has not', async () => {
    await apply(manifestOf('web', 1));
    const wait = (...argv: string[]): ReturnType<CliFixture['run']> =>
      fleet.run(['miners', 'wait', 'web', '--timeout', '300ms', '-o', 'json', ...argv]);
    expect(jsonOf(await wait())).to.deep.equal({ miners: ['web'], reached: 'running' });
    const stopped = await wait('--for', 'stopped');
    expect(stopped.code).to.equal(6);
    expect(errorOf(stopped).metadata['web']).to.contain('web-1');
    expect((await fleet.run(['miners', 'wait', 'gone', '--for', 'deleted'])).code).to.equal(0);
    expect((await fleet.run(['miners', 'wait', 'gone'])).code).to.equal(3);
  });

  it('stops waiting when the miner goes away', async () => {
    await fleet.run(['apply', '-f', '-'], { stdin: manifestOf('big', 20) });
    const { world, ended } = fleet.start(['miners', 'wait', 'big', '-o', 'json']);
    await fleet.run(['delete', 'big', '--yes', '--wait']);
    expect([3, 4]).to.include(await ended);
    expect(world.stderr.text).to.match(/miner_(not_found|deleting)/);
  });

  it('is ended by an interrupt at once', async () => {
    await fleet.run(['apply', '-f', '-'], { stdin: manifestOf('big', 20) });
    const interrupt = new AbortController();
    const { ended } = fleet.start(['miners', 'wait', 'big'], { interrupt: interrupt.signal });
    interrupt.abort();
    expect(await ended).to.equal(130);
  });

  it('shows the fleet at a glance, with why what waits does', async () => {
    await fleet.run(['apply', '-f', '-', '--wait', '--timeout', '300ms'], { stdin: manifestOf('big', 20) });
    const status = await fleet.run(['status']);
    expect(status.stdout).to.match(/^hosts:\s+1\/1 ready$/m);
    expect(status.stdout).to.match(/^big\s+500\s+8\/20\s+insufficient_cpu/m);
    expect(jsonOf(await fleet.run(['status', '-o', 'json']))).to.include({ instancesRunning: 8, version: '1.2.3' });
  });

  it('shows usage, again and again until it is interrupted', async () => {
    expect(tableOf(await fleet.run(['top', 'hosts']))[0]).to.include({ HOST: 'host-1', CPU: '-' });
    const interrupt = new AbortController();
    const argv = ['top', '--watch', '--interval', '10ms'];
    const { world, ended } = fleet.start(argv, { interrupt: interrupt.signal });
    await fleet.until('three looks', () => world.stdout.text.split('HOST').length > 3);
    interrupt.abort();
    expect(await ended).to.equal(0);
  });
});
