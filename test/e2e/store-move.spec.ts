import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWith } from '../support/describe-with.js';
import { noDocker } from '../support/docker.js';
import { NatsCluster, noNewNats } from '../support/nats-cluster.js';
import { RunningFleet, lifeOf } from '../support/running-fleet.js';
import { makeTempDir } from '../support/temp-dir.js';

/** What `store migrate -o json` says, as far as it is looked at. */
interface Told {
  readonly revision: number;
  readonly epoch: number;
  readonly sha256: string;
  readonly records: Readonly<Record<string, number>>;
  readonly carried: { readonly authority: boolean } | undefined;
  readonly dryRun: boolean;
}

describeWith(noDocker ?? noNewNats)('a fleet whose store is moved to NATS and back', function () {
  this.timeout(120_000);
  let [nats, folder, fleet]: [
    NatsCluster | undefined,
    Awaited<ReturnType<typeof makeTempDir>> | undefined,
    RunningFleet | undefined,
  ] = [undefined, undefined, undefined];

  after(async () => {
    await fleet?.close();
    await nats?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  it('goes on with the same containers, revisions and ever higher epochs, and is closed where it was left', async () => {
    nats = await NatsCluster.start({ servers: 1 });
    folder = await makeTempDir();
    const [config, keyFile] = [join(folder.path, 'coordinator.yaml'), join(folder.path, 'key')];
    await writeFile(keyFile, `${'k'.repeat(43)}=\n`, { mode: 0o600 });
    const { url: servers, monitorUrls } = nats;
    const keepIn = (kind: 'lowdb' | 'jetstream'): Promise<void> => {
      const jetstream = { servers, monitorUrls, cluster: 'moving', replicas: 1, leadershipTtl: '1s' };
      return writeFile(config, JSON.stringify({ security: { keyFile }, store: { kind, jetstream } }));
    };
    await keepIn('lowdb');
    const running = await RunningFleet.open({ alpha: {}, beta: {} }, { coordinator: ['--config', config] });
    fleet = running;
    const store = (...args: string[]) => running.headframe(['store', ...args, '--config', config]);
    const migrate = async (from: string, to: string, ...more: string[]): Promise<Told> => {
      const options = ['--from', from, '--to', to, '--data-dir', running.storeFolder, '--yes', '-o', 'json', ...more];
      const { code, stdout, stderr } = await store('migrate', ...options);
      expect(code, stderr).to.equal(0);
      // The command's own words.
      return JSON.parse(stdout) as Told;
    };
    const lives = async (...miners: string[]) =>
      (await Promise.all(miners.map((miner) => running.containers(miner)))).flat().map(lifeOf);
    const revision = async (): Promise<number> => Number((await running.fleet.getFleetStatus({})).revision);

    await running.apply({ name: 'steady', replicas: 2, strategy: 'spread' }, { name: 'holder', identity: 'hotkey-1' });
    await running.running('steady', 2);
    await running.running('holder', 1);
    const before = await lives('steady', 'holder');

    // While the coordinator runs nothing is moved.
    const early = await store(
      'migrate',
      '--from',
      'lowdb',
      '--to',
      'jetstream',
      '--data-dir',
      running.storeFolder,
      '--yes',
    );
    expect([early.code, early.stderr.includes('is held by process')], early.stderr).to.deep.equal([4, true]);
    const atFirst = await revision();
    await running.coordinator.end('SIGTERM');
    const dry = await migrate('lowdb', 'jetstream', '--dry-run');
    const there = await migrate('lowdb', 'jetstream');
    expect([dry.dryRun, dry.sha256, dry.carried]).to.deep.equal([true, there.sha256, undefined]);
    expect(there.records).to.include({ miner: 2, instance: 3, host: 2 });
    expect([there.revision >= atFirst, there.carried?.authority]).to.deep.equal([true, true]);
    // By mistake it is started as before.
    const mistaken = await running.headframe([
      'coordinator',
      'start',
      '--config',
      config,
      '--data-dir',
      running.storeFolder,
      '--listen',
      '127.0.0.1:0',
    ]);
    expect([mistaken.code, mistaken.stderr.includes('was moved to cluster moving')], mistaken.stderr).to.deep.equal([
      4,
      true,
    ]);

    await keepIn('jetstream');
    await running.startCoordinator();
    await running.hostsReady(2);
    await running.running('steady', 2);
    await running.running('holder', 1);
    expect(await lives('steady', 'holder')).to.deep.equal(before);
    expect(await revision()).to.be.above(there.revision);
    await running.apply({ name: 'second' });
    await running.running('second', 1);
    const since = await lives('steady', 'holder', 'second');
    // Beside the coordinator that leads.
    const backup = await store('backup', join(folder.path, 'cluster.tar'), '-o', 'json');
    expect(backup.code, backup.stderr).to.equal(0);

    await running.coordinator.end('SIGTERM');
    const back = await migrate('jetstream', 'lowdb');
    expect([back.epoch > there.epoch + 1, back.records['miner'], back.carried?.authority]).to.deep.equal([
      true,
      3,
      true,
    ]);
    await keepIn('lowdb');
    await running.startCoordinator();
    await running.hostsReady(2);
    for (const [miner, count] of Object.entries({ steady: 2, holder: 1, second: 1 }))
      await running.running(miner, count);
    expect(await lives('steady', 'holder', 'second')).to.deep.equal(since);
    expect(await revision()).to.be.above(back.revision);
    for (const { restarts } of await running.instances('holder', { ended: true })) expect(restarts).to.equal(0);
  });
});
