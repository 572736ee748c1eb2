import { expect } from 'chai';
import { connect } from 'nats';
import { coordinatorConfigSchema } from '../../../../common/config/coordinator-config.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { openStoreTail } from '../../../../coordinator/store/index.js';
import { namesOf } from '../../../../coordinator/store/jetstream/streams.js';
import type { StoreCommit, StoredFleet } from '../../../../coordinator/store/store.js';
import type { StoreTail } from '../../../../coordinator/store/tail.js';
import { openOnCluster } from '../../../support/jetstream-store.js';
import { NatsCluster, describeWithNatsCluster } from '../../../support/nats-cluster.js';
import { smallCommit } from '../../../support/store-disk.js';
import { recordsAfter, recordsOf, sampleCommit } from '../../../support/store-samples.js';
import { waitFor } from '../../../support/wait-for.js';

/** A large document, which goes in parts. */
const large = (revision: number): StoreCommit =>
  sampleCommit(revision, [
    { kind: 'document', table: 'setting', key: 'large', value: { text: 'x'.repeat(2_500_000), revision } },
  ]);

describeWithNatsCluster('The tail of a store over NATS', () => {
  let nats: NatsCluster;

  before(async () => {
    nats = await NatsCluster.start({ servers: 1 });
  });
  after(() => nats[Symbol.asyncDispose]());

  /** Follows for as long as `use` takes. */
  async function following(
    cluster: string,
    use: (heard: { tail: StoreTail; begun: StoredFleet[]; commits: [number, StoreCommit][] }) => Promise<void>,
  ): Promise<void> {
    const jetstream = { servers: nats.url, cluster, replicas: 1 };
    const config = coordinatorConfigSchema.parse({ dataDir: '/nonexistent', store: { kind: 'jetstream', jetstream } });
    const tail = openStoreTail(config, silentLogger);
    const over = new AbortController();
    const [begun, commits]: [StoredFleet[], [number, StoreCommit][]] = [[], []];
    const listener = {
      begin: async (fleet: StoredFleet) => void begun.push(fleet),
      commit: (commit: StoreCommit, epoch: number) => void commits.push([epoch, commit]),
    };
    const running = tail.run(listener, over.signal);
    try {
      await use({ tail, begun, commits });
    } finally {
      over.abort();
      await running;
    }
  }

  it('waits for the first leader of all, and goes on from one to the next', async () => {
    await following('tailed', async ({ tail, begun, commits }) => {
      await tail.catchUp();
      expect(begun).to.have.length(0);
      const first = openOnCluster(nats, 'tailed');
      await first.load();
      await first.commit(smallCommit(1), 1);
      await waitFor('the beginning', () => begun.length === 1);
      await first.commit(large(2), 1);
      const second = openOnCluster(nats, 'tailed');
      await second.load();
      await second.commit(smallCommit(3), 2);
      await tail.catchUp();
      expect(begun).to.have.length(1);
      const known = begun[0]?.revision ?? 0;
      const all: [number, StoreCommit][] = [
        [1, smallCommit(1)],
        [1, large(2)],
        [2, smallCommit(3)],
      ];
      expect(commits).to.deep.equal(all.slice(known));
      await Promise.all([first.close(), second.close()]);
    });
  });

  it('keeps what it has while the servers are away, and reads anew what was cut meanwhile', async () => {
    const store = openOnCluster(nats, 'cut', { snapshotBytes: 20_000, segmentBytes: 2_000, recentCommits: 1 });
    await store.load();
    await store.commit(smallCommit(1), 1);
    const connection = await connect({ servers: nats.url });
    const manager = await connection.jetstreamManager();
    await following('cut', async ({ tail, begun, commits }) => {
      await waitFor('the beginning', () => begun.length === 1);
      await nats.kill(0);
      await tail.catchUp();
      expect(begun).to.have.length(1);
      nats.restart(0);
      await nats.ready();
      await store.commit(smallCommit(2), 1);
      await waitFor('it to catch up', () => commits.length === 1);
      expect(begun).to.have.length(1);
    });
    // Another that was away while the journal was cut below what it has.
    let revision = 2;
    const firstOf = async (): Promise<number> =>
      (await manager.streams.info(namesOf('cut').journal.name)).state.first_seq;
    while ((await firstOf()) < 100) await store.commit(smallCommit(++revision), 1);
    await following('cut', async ({ begun }) => {
      await waitFor('the beginning', () => begun.length === 1);
      const [fleet] = begun;
      expect(fleet?.revision).to.equal(revision);
      const written = Array.from({ length: revision }, (_, index) => smallCommit(index + 1));
      expect(recordsOf(fleet ?? { documents: new Map(), instances: [] })).to.deep.equal(recordsAfter(written));
    });
    await connection.close();
    await store.close();
  });
});
