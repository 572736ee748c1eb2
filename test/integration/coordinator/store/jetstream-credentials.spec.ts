import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { silentLogger } from '../../../../common/observe/logger.js';
import { openJetStreamStore, ownConnection } from '../../../../coordinator/store/index.js';
import type { Store } from '../../../../coordinator/store/store.js';
import { NatsCluster, describeWithNatsCluster } from '../../../support/nats-cluster.js';
import { makeOperator } from '../../../support/nats-operator.js';
import { refusalOf } from '../../../support/refusal-of.js';
import { smallCommit } from '../../../support/store-disk.js';
import { makeTempDir } from '../../../support/temp-dir.js';

describeWithNatsCluster('The JetStream store on servers that trust an operator', () => {
  it('is opened by a file of credentials, and refused to a user of another operator at once', async () => {
    await using folder = await makeTempDir();
    const own = makeOperator(['headframe.main.>', '$JS.API.STREAM.>']);
    await using nats = await NatsCluster.start({ servers: 1, config: own.config });
    const open = async (name: string, credentials: string): Promise<Store> => {
      const credentialsFile = join(folder.path, name);
      await writeFile(credentialsFile, credentials, { mode: 0o600 });
      const source = ownConnection({ servers: nats.url, name, credentialsFile, logger: silentLogger, patienceMs: 500 });
      return openJetStreamStore({ source, cluster: 'main', replicas: 1 });
    };
    const store = await open('own', own.credentials);
    await store.load();
    await store.commit(smallCommit(1), 1);
    await store.close();
    const next = await open('own', own.credentials);
    expect((await next.load()).revision).to.equal(1);
    await next.close();
    const stranger = await open('stranger', makeOperator(['>']).credentials);
    expect(await refusalOf(stranger.load())).to.include({ code: 'unauthenticated', reason: 'nats_refused' });
  }).timeout(30_000);
});
