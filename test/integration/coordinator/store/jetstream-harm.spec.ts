import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { connect } from 'nats';
import { namesOf } from '../../../../coordinator/store/jetstream/streams.js';
import type { WitnessPlace } from '../../../../coordinator/store/index.js';
import { openOnCluster } from '../../../support/jetstream-store.js';
import { MemoryWitness } from '../../../support/memory-witness.js';
import { NatsCluster, describeWithNatsCluster } from '../../../support/nats-cluster.js';
import { refusalOf } from '../../../support/refusal-of.js';
import { smallCommit } from '../../../support/store-disk.js';
import { sampleCommit } from '../../../support/store-samples.js';

const COMMITS = 40;

describeWithNatsCluster('The JetStream store over a server that comes to harm', () => {
  /** Fills a store and closes it. */
  async function fill(nats: NatsCluster, cluster: string, witness?: WitnessPlace): Promise<void> {
    const store = openOnCluster(nats, cluster, { witness });
    await store.load();
    for (let revision = 1; revision <= COMMITS; revision += 1) await store.commit(smallCommit(revision), 1);
    await store.close();
  }

  /** Has the disk of the one server, which is stopped, change a byte amid the journal. */
  async function flip(nats: NatsCluster, cluster: string): Promise<void> {
    const block = join(nats.homeOf(0), `jetstream/$G/streams/HEADFRAME_${cluster}/msgs/1.blk`);
    const bytes = await readFile(block);
    const middle = Math.floor(bytes.length / 2);
    bytes.writeUInt8(bytes.readUInt8(middle) ^ 16, middle);
    await writeFile(block, bytes);
  }

  it('is refused for what it did not write, for a message that the disk has changed, and where the server has cut its end, naming each', async () => {
    await using nats = await NatsCluster.start({ servers: 1 });
    await fill(nats, 'foreign');
    const connection = await connect({ servers: nats.url });
    await connection.jetstream().publish(namesOf('foreign').journal.subject, 'no message of a journal');
    await connection.close();
    const foreign = await refusalOf(openOnCluster(nats, 'foreign').load());
    expect(foreign).to.include({ code: 'data_loss', reason: 'store_damaged' });
    expect(foreign.metadata).to.include({ stream: 'HEADFRAME_foreign', sequence: String(COMMITS + 2) });

    await fill(nats, 'flipped');
    const witness = new MemoryWitness();
    await fill(nats, 'cut', witness);
    await nats.stop(0);
    await flip(nats, 'flipped');
    await flip(nats, 'cut');
    // Without its index the server takes the block for all there is, and ends the stream where it cannot read on.
    await rm(join(nats.homeOf(0), 'jetstream/$G/streams/HEADFRAME_cut/msgs/index.db'));
    nats.restart(0);
    await nats.ready();
    const flipped = await refusalOf(openOnCluster(nats, 'flipped').load());
    expect(flipped).to.include({ code: 'data_loss', reason: 'store_damaged' });
    expect(flipped.metadata).to.include({ stream: 'HEADFRAME_flipped' });
    expect(Number(flipped.metadata['sequence'])).to.be.within(2, COMMITS);
    const cut = await refusalOf(openOnCluster(nats, 'cut', { witness }).load());
    expect(cut).to.include({ code: 'data_loss', reason: 'store_cut' });
    expect(cut.metadata).to.include({ stream: 'HEADFRAME_cut', acknowledged: String(COMMITS) });
    expect(Number(cut.metadata['revision'])).to.be.within(1, COMMITS - 1);
  }).timeout(60_000);

  it('says that the servers are full once a commit has waited, and all that was acknowledged is there', async () => {
    await using nats = await NatsCluster.start({ servers: 1, maxFileStore: '3MB' });
    const store = openOnCluster(nats, 'full', { commitTimeoutMs: 1_500, segmentBytes: 64 * 2 ** 20 });
    await store.load();
    const text = 'x'.repeat(300_000);
    let acknowledged = 0;
    const fillOn = async (): Promise<void> => {
      for (let revision = 1; revision < 100; revision += 1) {
        const change = {
          kind: 'document',
          table: 'setting',
          key: `k${String(revision % 3)}`,
          value: { text },
        } as const;
        await store.commit(sampleCommit(revision, [change]), 1);
        acknowledged = revision;
      }
    };
    expect(await refusalOf(fillOn())).to.include({ code: 'unavailable', reason: 'store_full' });
    await store.close();
    const connection = await connect({ servers: nats.url });
    const { state } = await (await connection.jetstreamManager()).streams.info('HEADFRAME_full');
    await connection.close();
    expect(acknowledged).to.be.above(3);
    // The beginning of the epoch, and each that was acknowledged.
    expect(state.messages).to.equal(1 + acknowledged);
  }).timeout(60_000);
});
