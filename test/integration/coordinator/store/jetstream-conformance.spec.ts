import type { JetStreamStoreOptions } from '../../../../coordinator/store/index.js';
import { openOnCluster } from '../../../support/jetstream-store.js';
import { NatsCluster, describeWithNatsCluster } from '../../../support/nats-cluster.js';
import { itIsAStore } from '../../../support/store-conformance.js';

function itIsAStoreOver(servers: number, options: Partial<JetStreamStoreOptions> = {}): void {
  let nats: NatsCluster;
  let count = 0;

  before(async () => {
    nats = await NatsCluster.start({ servers });
  });
  after(() => nats[Symbol.asyncDispose]());

  itIsAStore(async () => {
    const cluster = `c${String(++count)}`;
    return { open: () => openOnCluster(nats, cluster, options), dispose: async () => undefined };
  });
}

describeWithNatsCluster('The JetStream store on one server', () => {
  itIsAStoreOver(1);
});

describeWithNatsCluster('The JetStream store on three servers, with a snapshot every few commits', () => {
  itIsAStoreOver(3, { segmentBytes: 500, snapshotBytes: 1000, messageBytes: 1000 });
});
