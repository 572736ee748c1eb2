import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect } from 'nats';
import { systemClock } from '../../../../common/model/clock.js';
import { NatsLeaseBucket } from '../../../../coordinator/leadership/nats-bucket.js';
import { openShared } from '../../../../coordinator/shared/index.js';
import { NatsCluster, describeWithNatsCluster } from '../../../support/nats-cluster.js';
import { waitFor } from '../../../support/wait-for.js';

const ACCOUNTS = new URL('../../../../deploy/nats/accounts.conf', import.meta.url);

/** Accounts with the rights of a coordinator, as operators have them. */
async function accounts(): Promise<string> {
  return (await readFile(ACCOUNTS, 'utf8')).replaceAll(/\$NATS_\w+/g, 'secret');
}

/** What a request is refused with. */
function wordsOf(request: Promise<unknown>): Promise<string> {
  return request.then(
    () => 'it was not refused',
    (error: unknown) => String(error),
  );
}

describeWithNatsCluster('what coordinators share, by a user with the rights that deploy/nats gives', () => {
  it('is made, read, watched, replaced and removed', async () => {
    await using nats = await NatsCluster.start({ servers: 1, config: await accounts() });
    const connection = await connect({ servers: nats.url, user: 'coordinator', pass: 'secret' });
    try {
      const options = { cluster: 'main', replicas: 1, contentBytes: 1_000_000, clock: systemClock };
      const { authorityPlace, contentVault, machineKeys, members } = await openShared(connection, options);
      let told = 0;
      const over = new AbortController();
      const watching = authorityPlace.shared?.watch(() => (told += 1), over.signal);
      const first = await authorityPlace.replace('authority', 'one', 0);
      await authorityPlace.replace('authority', 'two', first ?? 0);
      await waitFor('what is told', () => told > 0 && told);
      expect((await authorityPlace.read('authority'))?.text).to.equal('two');
      expect(await machineKeys.keep('m', 'key')).to.equal('key');
      await members.replace('c1.example:7700', 'one', 0);
      expect(await members.list()).to.deep.equal(['one']);
      const bytes = Buffer.alloc(300_000, 7);
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      await contentVault.put({ digest, bytes: bytes.length }, async function* () {
        await Promise.resolve();
        yield bytes;
      });
      const found: Uint8Array[] = [];
      for await (const piece of (await contentVault.fetch(digest)) ?? []) found.push(piece);
      expect(Buffer.concat(found).equals(bytes)).to.equal(true);
      contentVault.distrust(digest);
      // Sent anew, and the former one removed.
      await contentVault.put({ digest, bytes: bytes.length }, async function* () {
        await Promise.resolve();
        yield bytes;
      });
      await contentVault.sweep(() => false);
      expect([...(await contentVault.digests())]).to.deep.equal([digest]);
      over.abort();
      await watching;
      const lease = new NatsLeaseBucket(connection, { cluster: 'main', replicas: 1 });
      const revision = await lease.write('released', 0);
      expect((await lease.read()).revision).to.equal(revision);
      // One server alone cannot: it says so, and not that this user may not.
      const spread = new NatsLeaseBucket(connection, { cluster: 'main', replicas: 3 }).spread();
      expect(await wordsOf(spread)).to.include('replicas');
      // Else all of this was shown with no rights at all.
      const other = await connection.jetstreamManager({ checkAPI: false, timeout: 500 });
      expect(await wordsOf(other.streams.info('OTHER'))).to.match(/permissions violation/i);
    } finally {
      await connection.close();
    }
  });
});
