import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { describeWithDocker } from '../support/docker.js';
import { script } from '../support/manifest.js';
import { RunningFleet } from '../support/running-fleet.js';

describeWithDocker('the audit log of a fleet', function () {
  this.timeout(60_000);
  let fleet: RunningFleet;
  before(async () => {
    fleet = await RunningFleet.open({ alpha: {} });
  });
  after(() => fleet.close());

  async function listed(target: string): Promise<string[]> {
    const { stdout } = await fleet.headframe(['audit', 'ls', '--target', target, '-o', 'json']);
    // The shape of the contract's JSON.
    const { entries } = JSON.parse(stdout) as { entries: { method: string; outcome: string; name: string }[] };
    return entries.map(({ method, outcome, name }) => `${name} ${method.replace(/.*\//, '')} ${outcome}`);
  }

  it('has who applied, executed and deleted, with the outcome of each, and is whole until a byte is changed', async () => {
    await fleet.apply({ name: 'kept', container: script('sleep 1000'), resources: { cpu: '100m' } });
    const [instance] = await fleet.running('kept', 1);
    const id = instance?.id ?? '';
    await fleet.headframe(['instances', 'exec', id, '--', 'sh', '-c', 'exit 3']);
    await fleet.headframe(['instances', 'logs', id]);
    await fleet.remove('kept');
    expect(await listed('miner/kept')).to.deep.equal([
      ...['admin DeleteMiner ok', 'admin DeleteMiner started', 'admin ApplyMiners ok', 'admin ApplyMiners started'],
    ]);
    expect(await listed(`instance/${id}`)).to.deep.equal(['admin Exec ok', 'admin Exec started']);
    const before = await fleet.headframe(['audit', 'verify']);
    expect(before.code).to.equal(0);

    await fleet.coordinator.end('SIGKILL');
    const folder = join(fleet.storeFolder, 'audit');
    const [name = ''] = (await readdir(folder)).filter((file) => file.startsWith('audit-'));
    const sound = await readFile(join(folder, name));
    expect((await fleet.headframe(['audit', 'verify', '--folder', fleet.storeFolder])).code).to.equal(0);
    const damaged = Buffer.from(sound);
    const at = damaged.indexOf('ApplyMiners');
    damaged[at] = 'a'.charCodeAt(0);
    await writeFile(join(folder, name), damaged);
    const verdict = await fleet.headframe(['audit', 'verify', '--folder', fleet.storeFolder, '-o', 'json']);
    const { fault } = JSON.parse(verdict.stdout) as { fault: unknown }; // as above
    expect(verdict.code).to.equal(1);
    const sequence = sound.subarray(0, at).toString().split('\n').length;
    expect(fault).to.deep.equal({ file: name, sequence, reason: 'entry_changed' });

    await writeFile(join(folder, name), sound);
    await fleet.startCoordinator();
    expect((await fleet.headframe(['audit', 'verify'])).code).to.equal(0);
  });
});
