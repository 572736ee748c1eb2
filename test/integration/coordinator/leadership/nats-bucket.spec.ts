import { connect } from 'nats';
import type { NatsConnection } from 'nats';
import { NatsLeaseBucket } from '../../../../coordinator/leadership/nats-bucket.js';
import { itKeepsTheLease } from '../../../support/lease-bucket-contract.js';
import { startJetStream } from '../../../support/nats-jetstream.js';
import type { JetStreamServer } from '../../../support/nats-jetstream.js';
import { describeWithNats } from '../../../support/nats.js';

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
});
