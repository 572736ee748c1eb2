import { expect } from 'chai';
import { connect } from 'nats';
import type { NatsConnection } from 'nats';
import { NatsLeaseBucket } from '../../../../coordinator/leadership/nats-bucket.js';
import { itKeepsTheLease } from '../../../support/lease-bucket-contract.js';
import { NatsCluster, describeWithNatsCluster } from '../../../support/nats-cluster.js';
import { startJetStream } from '../../../support/nats-jetstream.js';
import type { JetStreamServer } from '../../../support/nats-jetstream.js';
import { describeWithNats } from '../../../support/nats.js';
import { waitFor } from '../../../support/wait-for.js';

describeWithNats('a bucket of NATS JetStream', () => {
  let server: JetStreamServer;
  let connection: NatsConnection;
  let clusters = 0;

  before(async () => {
    server = await startJetStream();
    connection = await connect({ servers: server.url });
  });

  after(async () => {
    await connection.close();
    await server[Symbol.asyncDispose]();
  });

  itKeepsTheLease(async () => {
    clusters += 1;
    const cluster = `c${String(clusters)}`;
    return () => new NatsLeaseBucket(connection, { cluster, replicas: 1 });
  });

  it('is made anew where somebody has removed it', async () => {
    const bucket = new NatsLeaseBucket(connection, { cluster: 'gone', replicas: 1 });
    const revision = Number(await bucket.write('released', 0));
    await (await connection.jetstreamManager()).streams.delete('KV_headframe_gone');
    await waitFor('a write', async () => {
      const found = await bucket.read();
      expect(found).to.deep.equal({ revision: 0, value: undefined });
      return bucket.write('released', found.revision).catch(() => undefined);
    });
    expect(await bucket.write('released', revision + 1)).to.equal('conflict');
  });
});

describeWithNatsCluster('a bucket of NATS JetStream on three servers', () => {
  it('is kept by as many as are asked for, also where it was made for fewer', async () => {
    await using nats = await NatsCluster.start();
    const connection = await connect({ servers: nats.url });
    const replicas = async (): Promise<number> => {
      const manager = await connection.jetstreamManager();
      return (await manager.streams.info('KV_headframe_main')).config.num_replicas;
    };
    try {
      await new NatsLeaseBucket(connection, { cluster: 'main', replicas: 1 }).write('released', 0);
      expect(await replicas()).to.equal(1);
      await new NatsLeaseBucket(connection, { cluster: 'main', replicas: 3 }).spread();
      expect(await replicas()).to.equal(3);
    } finally {
      await connection.close();
    }
  }).timeout(30_000);
});
