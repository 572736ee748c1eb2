import { expect } from 'chai';
import { manifestOf } from '../../../support/cli-manifests.js';
import { errorOf, jsonOf, openCliFixture, tableOf } from '../../../support/cli-fixture.js';
import type { CliFixture } from '../../../support/cli-fixture.js';

describe('headframe instances', () => {
  let fleet: CliFixture;
  before(async () => {
    fleet = await openCliFixture();
    await fleet.addHost('host-1');
    const stdin = `${manifestOf('web', 2)}---\n${manifestOf('solo', 1)}`;
    await fleet.run(['apply', '-f', '-', '--wait'], { stdin });
  });
  after(() => fleet.close());

  const ids = async (...argv: string[]): Promise<(string | undefined)[]> =>
    tableOf(await fleet.run(['instances', 'ls', ...argv])).map(({ ID }) => ID);

  it('lists by miner, host and state', async () => {
    expect(await ids('--miner', 'solo')).to.deep.equal(['solo-3']);
    expect(await ids('--host', 'host-1', '--state', 'running')).to.have.length(3);
    expect(await ids('--state', 'pending', 'stopping')).to.deep.equal([]);
    expect((await fleet.run(['instances', 'ls', '--host', 'host-9'])).code).to.equal(3);
    expect((await fleet.run(['instances', 'ls', '--state', 'sleeping'])).code).to.equal(2);
  });

  it('shows one by its id, or by its miner if that has but one', async () => {
    const shown = await fleet.run(['instances', 'show', 'solo', '-o', 'json']);
    expect(jsonOf(shown)).to.have.nested.property('instance.id', 'solo-3');
    const ambiguous = await fleet.run(['instances', 'show', 'web', '-o', 'json']);
    expect(ambiguous.code).to.equal(2);
    expect(errorOf(ambiguous).reason).to.equal('instance_ambiguous');
    expect((await fleet.run(['instances', 'show', 'web-99'])).code).to.equal(3);
  });

  it('takes the last that ended for a miner that has none any more', async () => {
    await fleet.run(['apply', '-f', '-', '--wait'], { stdin: manifestOf('past', 1) });
    await fleet.run(['miners', 'stop', 'past', '--wait']);
    const shown = await fleet.run(['instances', 'show', 'past', '-o', 'json']);
    expect(jsonOf(shown)).to.have.nested.property('instance.state', 'INSTANCE_STATE_STOPPED');
    expect(await ids('--all', '--miner', 'past')).to.have.length(1);
    expect(await ids('--miner', 'past')).to.deep.equal([]);
    expect((await fleet.run(['delete', 'past', '--yes', '--wait'])).code).to.equal(0);
  });

  it('prints logs as they are', async () => {
    const logs = await fleet.run(['instances', 'logs', 'solo']);
    expect(logs).to.deep.equal({ code: 0, stdout: 'one\ntwo\nthree\n', stderr: '' });
    expect((await fleet.run(['instances', 'logs', 'solo', '--since', 'never'])).code).to.equal(2);
  });

  it('follows logs until it is interrupted, which is no failure', async () => {
    const interrupt = new AbortController();
    const { world, ended } = fleet.start(['instances', 'logs', '-f', 'solo'], { interrupt: interrupt.signal });
    await fleet.until('the last line', () => world.stdout.text.endsWith('four\n'));
    interrupt.abort();
    expect(await ended).to.equal(0);
    expect(world.stderr.text).to.equal('');
  });

  it('runs a command with its stdin, and ends with its exit code', async () => {
    const ran = await fleet.run(['instances', 'exec', '-i', 'solo', '--', 'cat', '-A'], { stdin: 'hello' });
    expect(ran).to.deep.equal({ code: 7, stdout: 'hello', stderr: '' });
  });

  it('gives a command a terminal, and the own one back', async () => {
    const ran = await fleet.run(['instances', 'exec', '-it', 'solo', '--', 'sh'], { stdin: 'x', terminal: true });
    expect(ran).to.deep.include({ code: 7, stdout: 'x' });
    const without = await fleet.run(['instances', 'exec', '-it', 'solo', '--', 'sh'], { stdin: 'x' });
    expect(without.code).to.equal(2);
  });

  it('tells a command that could not be run from one that failed', async () => {
    const ran = await fleet.run(['instances', 'exec', 'solo', '-o', 'json', '--', 'missing']);
    expect(ran.code).to.equal(4);
    expect(errorOf(ran).reason).to.equal('command_not_found');
  });

  it('ends a command that runs on an interrupt', async () => {
    const interrupt = new AbortController();
    const { ended } = fleet.start(['instances', 'exec', 'solo', '--', 'sleep'], { interrupt: interrupt.signal });
    interrupt.abort();
    expect(await ended).to.equal(130);
  });
});
