import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { describeWithDocker } from '../support/docker.js';
import { manifestOf, script } from '../support/manifest.js';
import type { ManifestParts } from '../support/manifest.js';
import { RunningFleet, lifeOf } from '../support/running-fleet.js';

const MINER: ManifestParts = {
  name: 'life',
  labels: { team: 'blue' },
  update: { minHealthy: '0s' },
  container: {
    ...script('echo ready; exec sleep 100000'),
    env: { GREETING: 'hello there', EMPTY: '' },
    user: '1000:1001',
    workdir: '/tmp',
  },
};

describeWithDocker('the life of a miner, by the command line and as the engine has it', function () {
  this.timeout(60_000);
  let fleet: RunningFleet;
  before(async () => {
    fleet = await RunningFleet.open({ alpha: {}, beta: {} });
  });
  after(() => fleet.close());

  async function apply(parts: ManifestParts, ...flags: string[]): Promise<string> {
    const { code, stdout, stderr } = await fleet.headframe(
      ['apply', '-f', '-', '-o', 'json', ...flags],
      manifestOf(parts),
    );
    expect(code, stderr).to.equal(0);
    const answer = JSON.parse(stdout) as { results: { change: string }[] }; // what -o json prints
    return answer.results.map(({ change }) => change).join();
  }

  async function headframe(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await fleet.headframe(args);
    expect(code, stderr).to.equal(0);
    return stdout;
  }

  async function ids(): Promise<string[]> {
    return (await fleet.containers('life')).map(({ Id }) => Id).sort();
  }

  it('runs a manifest in a container that is as the manifest says', async () => {
    expect(await apply(MINER, '--wait')).to.equal('APPLY_CHANGE_CREATED');
    const instance = await fleet.instance('life');
    const container = await fleet.container('life');
    expect(container.State.Running).to.equal(true);
    expect(container.Id).to.equal(instance.containerId);
    expect(container.Config.Env).to.include.members(['GREETING=hello there', 'EMPTY=']);
    expect(container.Config.Labels).to.include({
      'headframe.label.team': 'blue',
      'headframe.miner': 'life',
      'headframe.instance': instance.id,
      'headframe.host': instance.hostId,
    });
    expect(container.Config).to.deep.include({
      Entrypoint: ['sh', '-c'],
      Cmd: ['echo ready; exec sleep 100000'],
      User: '1000:1001',
      WorkingDir: '/tmp',
    });
    expect(container.HostConfig.NetworkMode).to.equal('none');
    const status = await readFile(`/proc/${String(container.State.Pid)}/status`, 'latin1');
    expect(/^Uid:\t1000\t/m.test(status)).to.equal(true);
    expect(/^Gid:\t1001\t/m.test(status)).to.equal(true);
  });

  it('changes nothing when the same manifest is applied again', async () => {
    const before = lifeOf(await fleet.container('life'));
    expect(await apply(MINER, '--wait')).to.equal('APPLY_CHANGE_UNCHANGED');
    expect(lifeOf(await fleet.container('life'))).to.deep.equal(before);
  });

  it('leaves the container alone when only what instances do not see has changed', async () => {
    const before = lifeOf(await fleet.container('life'));
    const changed = {
      priority: 'high',
      strategy: 'spread',
      constraints: [{ attribute: 'labels.name', operator: 'exists' }],
    };
    expect(await apply({ ...MINER, ...changed }, '--wait')).to.equal('APPLY_CHANGE_UPDATED_IN_PLACE');
    expect(lifeOf(await fleet.container('life'))).to.deep.equal(before);
    expect((await fleet.miner('life')).spec?.priority).to.equal(700);
  });

  it('scales up and down around the container that was there first', async () => {
    const first = lifeOf(await fleet.container('life'));
    await headframe('miners', 'scale', 'life', '4', '--wait');
    const four = await fleet.containers('life');
    expect(four).to.have.length(4);
    expect(four.every(({ State }) => State.Running)).to.equal(true);
    expect(new Set(four.map(({ Config }) => Config.Labels['headframe.host'])).size).to.equal(2);
    expect(four.map(lifeOf)).to.deep.include(first);

    await headframe('miners', 'scale', 'life', '1');
    await fleet.until('three containers to go', async () => (await ids()).length === 1);
    expect(lifeOf(await fleet.container('life'))).to.deep.equal(first);
  });

  it('replaces the container when what it runs has changed', async () => {
    const before = await fleet.container('life');
    const changed = { ...MINER, container: { ...MINER.container, env: { GREETING: 'good bye' } } };
    expect(await apply(changed, '--wait')).to.equal('APPLY_CHANGE_UPDATED_BY_REPLACEMENT');
    await fleet.until('the old container to go', async () => !(await ids()).includes(before.Id));
    const after = await fleet.container('life');
    expect(after.Id).not.to.equal(before.Id);
    expect(after.Config.Env).to.include('GREETING=good bye');
    expect(after.Config.Env).not.to.include('EMPTY=');
  });

  it('replaces the container at a restart', async () => {
    const before = await fleet.container('life');
    await headframe('miners', 'restart', 'life', '--wait');
    await fleet.until('the old container to go', async () => !(await ids()).includes(before.Id));
    expect((await fleet.container('life')).State.Running).to.equal(true);
  });

  it('keeps a stopped miner without a container, and starts it again', async () => {
    await headframe('miners', 'stop', 'life', '--wait');
    await fleet.until('the container to go', async () => (await ids()).length === 0);
    expect((await fleet.miner('life')).stopped).to.equal(true);

    await headframe('miners', 'restart', 'life', '--wait');
    expect((await fleet.container('life')).State.Running).to.equal(true);
  });

  it('deletes a miner with its container, once it is told to for sure', async () => {
    const refused = await fleet.headframe(['delete', 'life']);
    expect(refused.code).to.equal(2);
    expect(await ids()).to.have.length(1);

    await headframe('delete', 'life', '--yes', '--wait');
    await fleet.until('the container to go', async () => (await ids()).length === 0);
    expect((await fleet.headframe(['miners', 'show', 'life'])).code).to.equal(3);
  });
});
