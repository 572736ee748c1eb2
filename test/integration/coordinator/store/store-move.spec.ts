import { expect } from 'chai';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { coordinatorConfigSchema } from '../../../../common/config/coordinator-config.js';
import type { CoordinatorConfig } from '../../../../common/config/index.js';
import { systemClock } from '../../../../common/model/clock.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { digestOf } from '../../../../coordinator/contents/index.js';
import { Leadership, openLeaseOf } from '../../../../coordinator/leadership/index.js';
import { backupCluster, migrateStore, restoreCluster } from '../../../../coordinator/moving/index.js';
import { openTrust } from '../../../../coordinator/security/index.js';
import { openLowdbStore, openStore } from '../../../../coordinator/store/index.js';
import { openOnCluster } from '../../../support/jetstream-store.js';
import { NatsCluster, describeWithNatsCluster } from '../../../support/nats-cluster.js';
import { refusalOf } from '../../../support/refusal-of.js';
import { smallCommit } from '../../../support/store-disk.js';
import { recordsOf, sampleCommit, sampleInstance } from '../../../support/store-samples.js';
import { makeTempDir } from '../../../support/temp-dir.js';

const PARTS = {
  ...{ logger: silentLogger, credentialsFolder: undefined, signal: new AbortController().signal },
  tell: (): undefined => undefined,
};
const COMMITS = 20;

describeWithNatsCluster('A store that is moved to NATS servers and back', function () {
  this.timeout(30_000);
  let nats: NatsCluster;
  let folder: Awaited<ReturnType<typeof makeTempDir>>;

  before(async () => {
    nats = await NatsCluster.start({ servers: 1 });
  });
  after(() => nats[Symbol.asyncDispose]());
  beforeEach(async () => {
    folder = await makeTempDir();
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  const configOf = (cluster: string, kind: 'lowdb' | 'jetstream' = 'lowdb', key = 'key'): CoordinatorConfig =>
    coordinatorConfigSchema.parse({
      ...{ listen: '127.0.0.1:0', dataDir: join(folder.path, 'data') },
      security: { keyFile: join(folder.path, key) },
      store: {
        kind,
        jetstream: { cluster, servers: nats.url, monitorUrls: nats.monitorUrls, replicas: 1, leadershipTtl: '1s' },
      },
    });

  /** A folder with a fleet, of which a miner is built of a content, its authority, and keys of a machine; gives the digest. */
  async function makeFleet(config: CoordinatorConfig): Promise<string> {
    for (const key of ['key', 'other']) await writeFile(join(folder.path, key), key.repeat(20), { mode: 0o600 });
    await openTrust(config, { clock: systemClock, logger: silentLogger });
    const archive = Buffer.from('an archive');
    const digest = await digestOf(archive);
    await mkdir(join(config.dataDir, 'modules', 'content'), { recursive: true });
    await writeFile(join(config.dataDir, 'modules', 'content', `${digest.slice('sha256:'.length)}.tar`), archive);
    await mkdir(join(config.dataDir, 'machines'));
    for (const name of ['ssh-m1.seen', 'ssh-m2.listed']) await writeFile(join(config.dataDir, 'machines', name), name);
    const store = openLowdbStore(config.dataDir);
    await store.load();
    for (let revision = 1; revision < COMMITS; revision += 1) {
      const record = sampleInstance({ serial: revision });
      await store.commit(sampleCommit(revision, [{ kind: 'instance', record }]), 1);
    }
    const spec = { name: 'built', module: { build: { content: digest } } };
    const value = { spec };
    await store.commit(sampleCommit(COMMITS, [{ kind: 'document', table: 'miner', key: 'built', value }]), 1);
    await store.close();
    return digest;
  }

  it('takes authority, contents and keys of machines along, and goes on with its records in either', async () => {
    const [lowdb, jetstream] = [configOf('whole'), configOf('whole', 'jetstream')];
    const digest = await makeFleet(lowdb);
    const authority = join(lowdb.dataDir, 'authority', 'authority.json');
    const sealed = await readFile(authority, 'utf8');
    const there = await migrateStore(lowdb, { to: 'jetstream', dryRun: false }, PARTS);
    expect(there.carried).to.deep.equal({ authority: true, contents: 1, lostContents: [], machineKeys: 1 });
    expect((await refusalOf(openStore(lowdb, silentLogger).store.load())).reason).to.equal('store_moved');

    const { store } = openStore(jetstream, silentLogger);
    const fleet = await store.load();
    expect([fleet.revision, fleet.recent.length]).to.deep.equal([COMMITS, COMMITS]);
    const record = sampleInstance({ serial: COMMITS, text: 'since' });
    await store.commit(sampleCommit(COMMITS + 1, [{ kind: 'instance', record }]), fleet.epoch + 1);
    await store.close();

    // All that was carried comes from the cluster alone.
    for (const name of ['authority', 'modules', 'machines']) await rm(join(lowdb.dataDir, name), { recursive: true });
    const back = await migrateStore(jetstream, { to: 'lowdb', dryRun: false }, PARTS);
    expect(back.carried).to.deep.equal({ authority: true, contents: 1, lostContents: [], machineKeys: 1 });
    expect([back.revision, back.epoch > fleet.epoch + 1]).to.deep.equal([COMMITS + 1, true]);
    expect(await readFile(authority, 'utf8')).to.equal(sealed);
    const content = join(lowdb.dataDir, 'modules', 'content', `${digest.slice('sha256:'.length)}.tar`);
    expect(await readFile(content, 'utf8')).to.equal('an archive');
    expect(await readFile(join(lowdb.dataDir, 'machines', 'ssh-m1.seen'), 'utf8')).to.equal('ssh-m1.seen');
    expect((await refusalOf(openStore(jetstream, silentLogger).store.load())).reason).to.equal('store_elsewhere');
    expect((await refusalOf(openOnCluster(nats, 'whole').load())).reason).to.equal('store_moved');
    const alone = openStore(lowdb, silentLogger).store;
    const again = await alone.load();
    expect(again.revision).to.equal(COMMITS + 1);
    const { instances, documents } = recordsOf(again);
    expect([...instances.keys()]).to.deep.equal(Array.from({ length: COMMITS }, (_, index) => index + 1));
    expect([instances.get(COMMITS)?.text, [...documents.keys()]]).to.deep.equal(['since', ['miner/built']]);
    await alone.close();
  });

  it('is refused early with another key, and while a coordinator leads; nothing is changed then', async () => {
    const config = configOf('early');
    await makeFleet(config);
    const order = { to: 'jetstream', dryRun: false } as const;
    const other = { ...configOf('early', 'lowdb', 'other') };
    expect((await refusalOf(migrateStore(other, order, PARTS))).reason).to.equal('protector_wrong');
    expect((await refusalOf(migrateStore(other, { ...order, dryRun: true }, PARTS))).reason).to.equal(
      'protector_wrong',
    );
    const lease = await openLeaseOf(config, silentLogger);
    const me = { id: 'c1', address: 'c1.test:7700' };
    const [one, over] = [
      new Leadership({ bucket: lease.bucket, me, clock: systemClock, logger: silentLogger }, 1_000),
      new AbortController(),
    ];
    const running = one.run(over.signal);
    await one.nextTerm(over.signal);
    const refusal = await refusalOf(migrateStore(config, order, PARTS));
    expect(refusal).to.include({ code: 'failed_precondition', reason: 'cluster_led' });
    expect(refusal.metadata).to.include({ leader: 'c1.test:7700' });
    over.abort();
    await running;
    await lease.close();
    const { store } = openStore(config, silentLogger);
    expect((await store.load()).revision).to.equal(COMMITS);
    await store.close();
  });

  it('is copied beside the one that leads it, which a restore then fences for good', async () => {
    const config = configOf('copied', 'jetstream');
    await mkdir(config.dataDir);
    const leading = openOnCluster(nats, 'copied');
    const { epoch } = await leading.load();
    for (let revision = 1; revision <= COMMITS; revision += 1) await leading.commit(smallCommit(revision), epoch + 1);
    const file = join(folder.path, 'backup.tar');
    expect((await backupCluster(config, file, PARTS)).revision).to.equal(COMMITS);
    await leading.commit(smallCommit(COMMITS + 1), epoch + 1);
    expect((await refusalOf(backupCluster(config, file, PARTS))).reason).to.equal('backup_exists');
    expect((await refusalOf(restoreCluster(config, { file, force: false }, PARTS))).reason).to.equal('store_not_empty');

    const report = await restoreCluster(config, { file, force: true }, PARTS);
    expect(report).to.include({ revision: COMMITS });
    expect((await refusalOf(leading.commit(smallCommit(COMMITS + 2), epoch + 1))).reason).to.equal('store_fenced');
    await leading.close();
    const next = openOnCluster(nats, 'copied');
    const fleet = await next.load();
    expect([fleet.revision, fleet.epoch]).to.deep.equal([COMMITS, report.epoch]);
    await next.close();
    expect((await refusalOf(backupCluster(configOf('none', 'jetstream'), `${file}.2`, PARTS))).code).to.equal(
      'not_found',
    );
  });
});
