import { expect } from 'chai';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '../../../../common/observe/logger.js';
import { MessageBus } from '../../../../common/observe/bus.js';
import { openJetStreamStore, ownConnection } from '../../../../coordinator/store/index.js';
import type { NatsOptions } from '../../../../coordinator/store/jetstream/connection.js';
import type { Store } from '../../../../coordinator/store/store.js';
import { NatsCluster, describeWithNatsCluster } from '../../../support/nats-cluster.js';
import { refusalOf } from '../../../support/refusal-of.js';
import { smallCommit } from '../../../support/store-disk.js';
import { waitFor } from '../../../support/wait-for.js';

const file = (name: string): string => fileURLToPath(new URL(`../../../support/tls/${name}`, import.meta.url));
const CERTIFICATE = file('certificate.pem');
const KEY = file('key.pem');
const MUTUAL = { caFile: CERTIFICATE, certificateFile: CERTIFICATE, keyFile: KEY };

/** What of a coordinator's rights in deploy/nats is for the store, and no more. */
const RIGHTS = `
authorization { users: [ { user: coordinator, password: secret, permissions: {
  publish: [
    "headframe.main.>"
    "$JS.API.STREAM.INFO.HEADFRAME_main", "$JS.API.STREAM.INFO.HEADFRAME_main_SNAPSHOTS"
    "$JS.API.STREAM.CREATE.HEADFRAME_main", "$JS.API.STREAM.CREATE.HEADFRAME_main_SNAPSHOTS"
    "$JS.API.STREAM.UPDATE.HEADFRAME_main", "$JS.API.STREAM.UPDATE.HEADFRAME_main_SNAPSHOTS"
    "$JS.API.STREAM.MSG.GET.HEADFRAME_main", "$JS.API.STREAM.MSG.GET.HEADFRAME_main_SNAPSHOTS"
    "$JS.API.STREAM.PURGE.HEADFRAME_main", "$JS.API.STREAM.PURGE.HEADFRAME_main_SNAPSHOTS"
  ]
  subscribe: [ "_INBOX.>" ]
} } ] }
tls { cert_file: "${CERTIFICATE}", key_file: "${KEY}", ca_file: "${CERTIFICATE}", verify: true }`;

describeWithNatsCluster('The JetStream store behind mutual TLS, by a user with the rights that a store needs', () => {
  let nats: NatsCluster;

  before(async () => {
    nats = await NatsCluster.start({ servers: 1, config: RIGHTS });
  });
  after(() => nats[Symbol.asyncDispose]());

  const open = (user: string, tls: NatsOptions['tls'] = MUTUAL): Store => {
    const servers = nats.url.replace('nats://', `tls://${user}@`);
    const source = ownConnection({ servers, name: 'test', tls, logger: silentLogger, patienceMs: 500 });
    return openJetStreamStore({ source, cluster: 'main', replicas: 1, snapshotBytes: 2_000, recentCommits: 1 });
  };

  it('does all that a store does', async () => {
    const store = open('coordinator:secret');
    await store.load();
    const commits = Array.from({ length: 60 }, (_, index) => smallCommit(index + 1));
    for (const commit of commits) await store.commit(commit, 1);
    await store.close();
    const next = open('coordinator:secret');
    const fleet = await next.load();
    expect([fleet.revision, fleet.warnings]).to.deep.equal([60, []]);
    await next.close();
    const { streams } = await waitFor('the monitor', async () => {
      const answer = await fetch(`${nats.monitorUrls[0] ?? ''}/jsz?streams=true&accounts=true`);
      // The server's own words, of which two numbers are looked at.
      const told = (await answer.json()) as { account_details?: { stream_detail?: StreamTold[] }[] };
      return { streams: told.account_details?.[0]?.stream_detail ?? [] };
    });
    // The snapshot was taken, and the journal before it could be removed.
    expect(streams.find(({ name }) => name === 'HEADFRAME_main')?.state.first_seq).to.be.above(1);
  });

  it('is refused to whoever has another password, at once', async () => {
    expect(await refusalOf(open('coordinator:wrong').load())).to.include({
      code: 'unauthenticated',
      reason: 'nats_refused',
    });
  });

  it('is on servers at which metrics and events are published by the same files, and not without', async () => {
    const url = nats.url.replace('nats://', 'tls://coordinator:secret@');
    const stranger = new MessageBus({ url, name: 'stranger', logger: silentLogger });
    const bus = new MessageBus({ url, tls: MUTUAL, name: 'test', logger: silentLogger });
    stranger.start();
    bus.start();
    await waitFor('the connection', () => bus.connected);
    bus.publish('headframe.main.test', {});
    expect(await bus.deliver([{ subject: 'headframe.main.test', payload: {} }], 2_000)).to.equal('taken');
    expect(stranger.connected).to.equal(false);
    await Promise.all([bus.close(), stranger.close()]);
  });

  it('is out of reach without a certificate', async () => {
    const store = open('coordinator:secret', { caFile: CERTIFICATE });
    expect((await refusalOf(store.load())).code).to.equal('unavailable');
  });
});

/** A stream as a server tells of it. */
interface StreamTold {
  readonly name: string;
  readonly state: { readonly first_seq: number };
}
