import { connect } from 'nats';
import type { NatsConnection } from 'nats';
import { systemClock } from '../../../../common/model/clock.js';
import { BucketPlace } from '../../../../coordinator/shared/bucket-place.js';
import { Servers } from '../../../../coordinator/shared/servers.js';
import { SharedBucket } from '../../../../coordinator/shared/shared-bucket.js';
import { itSharesAnAuthority } from '../../../support/authority-place-suite.js';
import { NatsCluster, describeWithNatsCluster } from '../../../support/nats-cluster.js';

describeWithNatsCluster('an authority in a bucket', () => {
  let nats: NatsCluster;
  const connections: NatsConnection[] = [];
  let clusters = 0;

  before(async () => {
    nats = await NatsCluster.start();
  });
  beforeEach(() => {
    clusters += 1;
  });
  afterEach(async () => {
    await Promise.all(connections.splice(0).map((connection) => connection.close()));
  });
  after(() => nats[Symbol.asyncDispose]());

  itSharesAnAuthority(async () => {
    const connection = await connect({ servers: nats.url.split(',') });
    connections.push(connection);
    const options = { name: `place-${String(clusters)}`, replicas: 3, description: 'a test' };
    return new BucketPlace(
      await SharedBucket.open(connection, options, new Servers({ clock: systemClock, patienceMs: 5_000 })),
    );
  });
});
