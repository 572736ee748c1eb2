import { expect } from 'chai';
import { DiscardPolicy, connect } from 'nats';
import type { JetStreamManager, NatsConnection } from 'nats';
import { LOG_FORMAT, encodeLogMessage } from '../../../../coordinator/store/jetstream/log-message.js';
import { namesOf } from '../../../../coordinator/store/jetstream/streams.js';
import { ALIKE } from '../../../../coordinator/instances/instance-rows.js';
import type { StoreCommit } from '../../../../coordinator/store/store.js';
import { openOnCluster } from '../../../support/jetstream-store.js';
import { NatsCluster, describeWithNatsCluster } from '../../../support/nats-cluster.js';
import { refusalOf } from '../../../support/refusal-of.js';
import { smallCommit } from '../../../support/store-disk.js';
import { recordsAfter, recordsOf, sampleCommit, sampleInstance } from '../../../support/store-samples.js';
import { waitFor } from '../../../support/wait-for.js';

const ROWS = 1_000_000;

describeWithNatsCluster('The JetStream store on three servers', function () {
  let nats: NatsCluster;
  let connection: NatsConnection;
  let manager: JetStreamManager;

  before(async () => {
    nats = await NatsCluster.start();
    connection = await connect({ servers: nats.url.split(','), maxReconnectAttempts: -1, reconnectTimeWait: 100 });
    manager = await connection.jetstreamManager({ timeout: 2_000 });
  });
  after(async () => {
    await connection.close();
    await nats[Symbol.asyncDispose]();
  });

  it('is fenced for good once another has loaded it, and nothing of what it still wrote is read', async () => {
    const [first, second] = [openOnCluster(nats, 'fenced'), openOnCluster(nats, 'fenced')];
    await first.load();
    await first.commit(smallCommit(1), 1);
    expect((await second.load()).revision).to.equal(1);
    for (const revision of [2, 3]) {
      const refusal = await refusalOf(first.commit(smallCommit(revision), 1));
      expect(refusal).to.include({ code: 'failed_precondition', reason: 'store_fenced' });
    }
    const own = sampleCommit(2, [{ kind: 'instanceRemoved', serial: 2 }]);
    await second.commit(own, 2);
    await Promise.all([first.close(), second.close()]);
    const third = openOnCluster(nats, 'fenced');
    const fleet = await third.load();
    expect([fleet.epoch, fleet.recent]).to.deep.equal([2, [smallCommit(1), own]]);
    await third.close();
  });

  it('is led by a later version from its first write on, and by the one before no more, which changes nothing', async () => {
    const open = (format: number) => openOnCluster(nats, 'upgraded', { format });
    const older = open(LOG_FORMAT);
    await older.load();
    await older.commit(smallCommit(1), 1);
    const newer = open(LOG_FORMAT + 1);
    // It reads what the older has written, and fences it.
    expect((await newer.load()).revision).to.equal(1);
    await newer.commit(smallCommit(2), 2);
    expect((await refusalOf(older.commit(smallCommit(2), 1))).reason).to.equal('store_fenced');
    await older.close();

    const { journal } = namesOf('upgraded');
    const { state: before } = await manager.streams.info(journal.name);
    expect((await refusalOf(open(LOG_FORMAT).load())).reason).to.equal('store_format_newer');
    const { state } = await manager.streams.info(journal.name);
    expect([state.first_seq, state.last_seq]).to.deep.equal([before.first_seq, before.last_seq]);

    await newer.commit(smallCommit(3), 2);
    await newer.close();
    const next = open(LOG_FORMAT + 1);
    expect((await next.load()).recent).to.deep.equal([smallCommit(1), smallCommit(2), smallCommit(3)]);
    await next.close();
  });

  it('gives one of several who load it at once each epoch', async () => {
    const stores = Array.from({ length: 4 }, () => openOnCluster(nats, 'race'));
    const epochs = await Promise.all(stores.map(async (store) => (await store.load()).epoch));
    expect(epochs.sort()).to.deep.equal([0, 1, 2, 3]);
    for (const store of stores) await store.close();
  });

  it('drops what a leader that died left unfinished, and says so', async () => {
    const first = openOnCluster(nats, 'unfinished');
    await first.load();
    await first.commit(smallCommit(1), 1);
    const { journal } = namesOf('unfinished');
    const part = { kind: 'part', epoch: 1, group: 9, index: 0, count: 2, bytes: Buffer.from('half') } as const;
    await connection.jetstream().publish(journal.subject, encodeLogMessage(part));
    await first.close();
    const second = openOnCluster(nats, 'unfinished');
    const fleet = await second.load();
    expect(fleet.revision).to.equal(1);
    expect(fleet.warnings).to.have.length(1);
    await second.commit(smallCommit(2), 2);
    await second.close();
    const third = openOnCluster(nats, 'unfinished');
    expect((await third.load()).recent).to.deep.equal([smallCommit(1), smallCommit(2)]);
    await third.close();
  });

  it('starts from a snapshot once the journal before it is gone, with the last commits still there', async () => {
    const options = { segmentBytes: 2_000, snapshotBytes: 20_000, recentCommits: 15 };
    const store = openOnCluster(nats, 'cut', options);
    await store.load();
    const commits = Array.from({ length: 600 }, (_, index) => smallCommit(index + 1));
    for (let at = 0; at < 600; at += 4)
      await Promise.all(commits.slice(at, at + 4).map((commit) => store.commit(commit, 1)));
    const { journal, snapshots } = namesOf('cut');
    await waitFor('the journal to be cut', async () => (await manager.streams.info(journal.name)).state.first_seq > 1);
    await store.close();
    const next = openOnCluster(nats, 'cut', options);
    const fleet = await next.load();
    expect(recordsOf(fleet)).to.deep.equal(recordsAfter(commits));
    expect(fleet.recent).to.deep.equal(commits.slice(-15));
    await next.close();
    const { state } = await manager.streams.info(snapshots.name, { subjects_filter: `${snapshots.subject}.*.*.*.end` });
    expect(Object.keys(state.subjects ?? {}).length).to.be.within(1, 2);
  });

  it('refuses a snapshot of which a chunk is gone, naming stream and message', async () => {
    const options = { snapshotBytes: 2_000, recentCommits: 0 };
    const { snapshots } = namesOf('damaged');
    const store = openOnCluster(nats, 'damaged', options);
    await store.load();
    for (let revision = 1; revision <= 60; revision += 1) await store.commit(smallCommit(revision), 1);
    await waitFor('a snapshot', async () => {
      const { state } = await manager.streams.info(snapshots.name, {
        subjects_filter: `${snapshots.subject}.*.*.*.end`,
      });
      return Object.keys(state.subjects ?? {}).length > 0;
    });
    await store.close();
    const { state } = await manager.streams.info(snapshots.name);
    await manager.streams.purge(snapshots.name, { filter: `${snapshots.subject}.*.*.*.chunk` });
    const refusal = await refusalOf(openOnCluster(nats, 'damaged', options).load());
    expect(refusal).to.include({ code: 'data_loss', reason: 'store_damaged' });
    expect(refusal.metadata).to.include({ stream: snapshots.name });
    expect(Number(refusal.metadata['sequence'])).to.be.within(state.first_seq, state.last_seq);
  });

  it('refuses a stream that would lose what it is given, naming the setting', async () => {
    const { journal } = namesOf('unfit');
    const like = { name: journal.name, subjects: [journal.subject], num_replicas: 3 };
    await manager.streams.add({ ...like, discard: DiscardPolicy.New, max_age: 3_600_000_000_000 });
    const refusal = await refusalOf(openOnCluster(nats, 'unfit').load());
    expect(refusal).to.include({ code: 'failed_precondition', reason: 'store_stream_unfit' });
    expect(refusal.message).to.include('max_age');
  });

  it(`takes ${ROWS.toLocaleString('en')} rows in one commit, all or nothing`, async () => {
    const rows = { like: sampleInstance(), serials: Array.from({ length: ROWS }, (_, at) => at + 1) };
    const ids = rows.serials.map((serial) => serial.toString(16).padStart(64, '0'));
    const commit: StoreCommit = sampleCommit(1, [
      { kind: 'instances', rows: { ...rows, columns: { ...ALIKE, containerId: ids } } },
    ]);
    const store = openOnCluster(nats, 'large');
    await store.load();
    await store.commit(commit, 1);
    await store.close();
    expect((await manager.streams.info(namesOf('large').journal.name)).state.bytes).to.be.above(32_000_000);
    const next = openOnCluster(nats, 'large');
    const fleet = await next.load();
    let [count, sum] = [0, 0];
    for (const { serial, containerId } of fleet.instances)
      [count, sum] = [count + 1, sum + serial - Number(`0x${containerId}`)];
    expect([count, sum]).to.deep.equal([ROWS, 0]);
    await next.close();
  }).timeout(60_000);

  it('keeps all that was acknowledged once, when the server that leads it is killed amid commits', async () => {
    const store = openOnCluster(nats, 'killed');
    await store.load();
    const acknowledged: StoreCommit[] = [];
    const commitOn = async (from: number, to: number): Promise<void> => {
      for (let revision = from; revision <= to; revision += 1) {
        const commit = smallCommit(revision);
        await store.commit(commit, 1);
        acknowledged.push(commit);
      }
    };
    const { journal } = namesOf('killed');
    const leader = nats.indexOf((await manager.streams.info(journal.name)).cluster?.leader ?? '');
    await commitOn(1, 20);
    const going = commitOn(21, 200);
    await nats.kill(leader);
    await going;
    nats.restart(leader);
    await nats.ready();
    await store.close();
    const next = openOnCluster(nats, 'killed');
    expect((await next.load()).recent).to.deep.equal(acknowledged);
    await next.close();
  }).timeout(60_000);

  it('keeps all that was acknowledged when all servers are killed at once, and goes on when they are back', async () => {
    const store = openOnCluster(nats, 'power');
    await store.load();
    await store.commit(smallCommit(1), 1);
    for (const index of [0, 1, 2]) await nats.kill(index);
    const waiting = store.commit(smallCommit(2), 1);
    for (const index of [0, 1, 2]) nats.restart(index);
    await waiting;
    await store.close();
    const next = openOnCluster(nats, 'power');
    expect((await next.load()).recent).to.deep.equal([smallCommit(1), smallCommit(2)]);
    await next.close();
  }).timeout(60_000);
});
