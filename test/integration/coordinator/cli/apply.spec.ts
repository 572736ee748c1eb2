import { expect } from 'chai';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestOf } from '../../../support/cli-manifests.js';
import { errorOf, jsonOf, openCliFixture, tableOf } from '../../../support/cli-fixture.js';
import type { CliFixture } from '../../../support/cli-fixture.js';
import { waitFor } from '../../../support/wait-for.js';

describe('headframe apply, plan, diff and delete', () => {
  let fleet: CliFixture;
  beforeEach(async () => {
    fleet = await openCliFixture();
    await fleet.addHost('host-1');
  });
  afterEach(() => fleet.close());

  it('applies a file and waits until it runs', async () => {
    const file = await fleet.manifest('web.yaml', manifestOf('web', 2));
    const applied = await fleet.run(['apply', '-f', file, '--wait']);
    expect(applied).to.include({ code: 0, stderr: '' });
    expect(tableOf(applied)[0]).to.include({ MINER: 'web', CHANGE: 'created' });
    expect(tableOf(await fleet.run(['miners', 'ls']))[0]).to.include({
      NAME: 'web',
      STATUS: 'running',
      RUNNING: '2/2',
    });
  });

  it('changes nothing when the same is applied again', async () => {
    const file = await fleet.manifest('web.yaml', manifestOf('web', 1));
    await fleet.run(['apply', '-f', file]);
    const again = await fleet.run(['apply', '-f', file, '-o', 'json']);
    expect(jsonOf(again)).to.have.nested.property('results[0].change', 'APPLY_CHANGE_UNCHANGED');
  });

  it('takes a folder, stdin and several files', async () => {
    const folder = join(fleet.folder, 'miners');
    await mkdir(folder);
    await writeFile(join(folder, 'b.yml'), manifestOf('b', 0));
    await writeFile(
      join(folder, 'a.json'),
      JSON.stringify({ kind: 'container', name: 'a', container: { image: 'x' } }),
    );
    await writeFile(join(folder, 'notes.txt'), 'not a manifest');
    const extra = await fleet.manifest('c.yaml', `${manifestOf('c', 0)}---\n${manifestOf('d', 0)}`);
    const applied = await fleet.run(['apply', '-f', folder, '-f', extra, '-f', '-'], { stdin: manifestOf('e', 0) });
    expect(tableOf(applied).map(({ MINER }) => MINER)).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
  });

  it('tells everything that is wrong with all files, and applies none of them', async () => {
    const good = await fleet.manifest('good.yaml', manifestOf('good', 1));
    const bad = await fleet.manifest('bad.yaml', `${manifestOf('bad', 1, 'replica: 2')}---\n${manifestOf('Bad', 1)}`);
    const refused = await fleet.run(['apply', '-f', good, '-f', bad, '-o', 'json']);
    expect(refused.code).to.equal(2);
    const error = errorOf(refused);
    expect(error.reason).to.equal('manifest_invalid');
    expect(error.violations.map(({ document, path }) => `${document} ${path}`)).to.deep.equal([
      `${bad}#1 replica`,
      `${bad}#2 name`,
    ]);
    expect(jsonOf(await fleet.run(['miners', 'ls', '-o', 'json']))).to.deep.include({ miners: [] });
  });

  it('says which file it cannot read', async () => {
    const refused = await fleet.run(['apply', '-f', '/nonexistent/web.yaml', '-o', 'json']);
    expect(refused.code).to.equal(2);
    expect(errorOf(refused).reason).to.equal('manifest_unreadable');
  });

  it('gives up waiting at its time, with why', async () => {
    const file = await fleet.manifest('big.yaml', manifestOf('big', 20));
    const waited = await fleet.run(['apply', '-f', file, '--wait', '--timeout', '500ms', '-o', 'json']);
    expect(waited.code).to.equal(6);
    expect(errorOf(waited).reason).to.equal('wait_timeout');
    expect(errorOf(waited).metadata['big']).to.match(/^8\/20 .*insufficient_cpu/);
    expect(jsonOf(waited)).to.have.nested.property('results[0].name', 'big');
  });

  it('waits for the new instances of a changed miner, not for the old', async () => {
    const before = await fleet.manifest('a.yaml', manifestOf('web', 2));
    const after = await fleet.manifest('b.yaml', manifestOf('web', 2, 'stopGrace: 3s'));
    await fleet.run(['apply', '-f', before, '--wait']);
    const changed = await fleet.run(['apply', '-f', after, '--wait', '--timeout', '30s', '-o', 'json']);
    expect(changed).to.include({ code: 0, stderr: '' });
    const instances = tableOf(await fleet.run(['instances', 'ls']));
    expect(instances.map(({ ID }) => ID)).to.deep.equal(['web-3', 'web-4']);
  }).timeout(40_000);

  it('plans without doing anything, and tells scripts that there would be changes', async () => {
    const file = await fleet.manifest('big.yaml', manifestOf('big', 20));
    const planned = await fleet.run(['plan', '-f', file, '-o', 'json', '--exit-code']);
    expect(planned.code).to.equal(10);
    expect(jsonOf(planned)).to.have.nested.property('plans[0].unplaced', 12);
    expect(jsonOf(planned)).to.have.nested.property('plans[0].why.reason', 'insufficient_cpu');
    expect((await fleet.run(['plan', '-f', file])).code).to.equal(0);
    expect(tableOf(await fleet.run(['miners', 'ls']))).to.deep.equal([]);
  });

  it('shows differences field by field', async () => {
    const before = await fleet.manifest('a.yaml', manifestOf('web', 1));
    const after = await fleet.manifest('b.yaml', `${manifestOf('web', 3)}---\n${manifestOf('new', 1)}`);
    await fleet.run(['apply', '-f', before]);
    const same = await fleet.run(['diff', '-f', before, '--exit-code']);
    expect(same.code).to.equal(0);
    const different = await fleet.run(['diff', '-f', after, '--exit-code', '-o', 'json']);
    expect(different.code).to.equal(10);
    expect(jsonOf(different)).to.deep.equal({
      miners: [
        { name: 'web', isNew: false, changes: [{ path: 'replicas', before: 1, after: 3 }] },
        { name: 'new', isNew: true, changes: [] },
      ],
    });
  });

  it('deletes only after a yes, and waits until all is gone', async () => {
    const file = await fleet.manifest('web.yaml', manifestOf('web', 1));
    await fleet.run(['apply', '-f', file, '--wait']);
    expect((await fleet.run(['delete', 'web'])).code).to.equal(2);
    expect((await fleet.run(['delete', 'web'], { terminal: true, stdin: 'n\n' })).code).to.equal(4);
    expect(tableOf(await fleet.run(['miners', 'ls']))).to.have.length(1);
    const deleted = await fleet.run(['delete', '-f', file, '--wait'], { terminal: true, stdin: 'y\n' });
    expect(deleted.code).to.equal(0);
    expect(tableOf(await fleet.run(['miners', 'ls']))).to.deep.equal([]);
  });

  it('deletes none when one of the names is wrong', async () => {
    await fleet.run(['apply', '-f', await fleet.manifest('web.yaml', manifestOf('web', 0))]);
    const refused = await fleet.run(['delete', 'web', 'wab', '--yes', '-o', 'json']);
    expect(refused.code).to.equal(3);
    expect(errorOf(refused).remedy).to.contain('web');
    expect(tableOf(await fleet.run(['miners', 'ls']))).to.have.length(1);
  });

  it('shows progress on a terminal, pulls included, and nothing of it elsewhere', async () => {
    const agent = await fleet.addHost('host-2', { obedient: false });
    const labelled = "constraints: [{ attribute: host.id, operator: in, values: ['host-2'] }]";
    const file = await fleet.manifest('slow.yaml', manifestOf('slow', 1, labelled));
    const { world, ended } = fleet.start(['apply', '-f', file, '--wait', '--timeout', '20s'], { terminal: true });
    const serial = await waitFor('an assignment', () => [...agent.held.keys()][0]);
    await agent.report({
      ...fleet.report(serial),
      state: 'preparing',
      reason: 'image_pulling',
      progress: { activity: 'pull', doneBytes: 3 * 2 ** 20, totalBytes: 9 * 2 ** 20, text: '' },
    });
    await waitFor('a bar of the pull', () => world.stderr.text.includes('3.0/9.0 MiB'));
    await agent.report(fleet.report(serial));
    expect(await ended).to.equal(0);
    expect(world.stdout.text).to.not.contain('MiB');
    // The cursor that the bars hid is shown again.
    expect(world.stderr.text.lastIndexOf('\u001B[?25h')).to.be.greaterThan(
      world.stderr.text.lastIndexOf('\u001B[?25l'),
    );
  }).timeout(30_000);
});
