import { expect } from 'chai';
import { X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'nats';
import type { NatsConnection } from 'nats';
import type { CoordinatorConfig } from '../../../../common/config/index.js';
import { systemClock } from '../../../../common/model/clock.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { openTrust } from '../../../../coordinator/security/index.js';
import type { Trust } from '../../../../coordinator/security/index.js';
import { openShared } from '../../../../coordinator/shared/index.js';
import type { Shared } from '../../../../coordinator/shared/open-shared.js';
import { expectReason } from '../../../support/expect-reason.js';
import { NatsCluster, describeWithNatsCluster } from '../../../support/nats-cluster.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { waitFor } from '../../../support/wait-for.js';

const HOUR_MS = 3_600_000;

describeWithNatsCluster('what the coordinators of a cluster share', () => {
  let nats: NatsCluster;
  let temp: Awaited<ReturnType<typeof makeTempDir>>;
  const connections: NatsConnection[] = [];
  let cluster = 0;

  before(async () => {
    nats = await NatsCluster.start();
  });
  beforeEach(async () => {
    cluster += 1;
    temp = await makeTempDir();
    for (const key of ['key', 'other']) await writeFile(join(temp.path, key), key.repeat(32));
  });
  afterEach(async () => {
    await Promise.all(connections.splice(0).map((connection) => connection.close()));
    await temp[Symbol.asyncDispose]();
  });
  after(() => nats[Symbol.asyncDispose]());

  /** What one of the cluster has of it, by a connection of its own. */
  const share = async (): Promise<Shared> => {
    const connection = await connect({ servers: nats.url.split(',') });
    connections.push(connection);
    const options = { cluster: `c${cluster}`, replicas: 3, contentBytes: 1_000_000, clock: systemClock };
    return openShared(connection, options);
  };
  /** A coordinator of its own folder; alone, of that alone. */
  const open = async (name: string, key?: string, how: 'cluster' | 'alone' = 'cluster'): Promise<Trust> => {
    const config = {
      ...{ dataDir: join(temp.path, name), listen: '127.0.0.1:0', http: {} },
      security: {
        mode: 'tls',
        names: [],
        lives: { agentMs: HOUR_MS, clientMs: HOUR_MS, serverMs: HOUR_MS },
        keyFile: key && join(temp.path, key),
      },
    } as unknown as CoordinatorConfig; // all that is asked of it
    const parts = { clock: systemClock, logger: silentLogger };
    const { authorityPlace } = await share();
    const trust = await openTrust(config, how === 'alone' ? parts : { ...parts, authorityPlace });
    if (trust === undefined) throw new Error('it serves in clear');
    return trust;
  };
  const issuerOf = ({ certificates }: Trust): X509Certificate =>
    new X509Certificate(certificates.current().certificate);

  it('is one authority from the first moment, and needs the same key everywhere', async () => {
    const [one, two] = await Promise.all([open('one', 'key'), open('two', 'key')]);
    expect(one.authority.digest).to.equal(two.authority.digest);
    const root = new X509Certificate(one.authority.bundle);
    expect(issuerOf(two).verify(root.publicKey)).to.equal(true);
    await expectReason(open('three', 'other'), 'protector_wrong');
    await expectReason(open('four'), 'protector_not_shared');
  });

  it('is the authority of the coordinator that was alone before', async () => {
    const { authority } = await open('one', 'key', 'alone');
    const [one, two] = [await open('one', 'key'), await open('two', 'key')];
    expect([one.authority.digest, two.authority.digest]).to.deep.equal([authority.digest, authority.digest]);
  });

  it('is an authority that is replaced on one, and the certificates of the other are of the new one soon', async () => {
    const [one, two] = [await open('one', 'key'), await open('two', 'key')];
    const over = new AbortController();
    const running = two.loops.map((loop) => loop.start(over.signal));
    const former = one.authority.digest;
    await one.authority.rotate(former);
    const root = new X509Certificate(one.authority.bundle);
    await waitFor('certificates of the new one', () => issuerOf(two).verify(root.publicKey));
    expect(two.authority.former?.digest).to.equal(former);
    await one.authority.retire(former);
    await waitFor('the end of the former one', () => two.authority.former === undefined);
    over.abort();
    await Promise.all(running);
  });

  it('is what machines have shown whom they met first', async () => {
    const [{ machineKeys: one }, { machineKeys: two }] = [await share(), await share()];
    expect(await two.read('ssh-a b.seen')).to.equal(undefined);
    expect(await one.keep('ssh-a b.seen', 'first')).to.equal('first');
    expect([await two.keep('ssh-a b.seen', 'second'), await two.read('ssh-a b.seen')]).to.deep.equal([
      'first',
      'first',
    ]);
    expect(await two.read('ssh-a.b.seen')).to.equal(undefined);
  });

  it('is who the others are, each by its address, and what changes of them is told', async () => {
    const [{ members: one }, { members: two }] = [await share(), await share()];
    let told = 0;
    const over = new AbortController();
    const watching = two.watch(() => (told += 1), over.signal);
    expect(await one.list()).to.deep.equal([]);
    expect(await one.replace('[2001:db8::1]:7700', 'first', 0)).to.equal(true);
    expect(await two.replace('[2001:db8::1]:7700', 'second', 0)).to.equal(false);
    const found = await two.read('[2001:db8::1]:7700');
    expect(found?.text).to.equal('first');
    expect(await two.replace('[2001:db8::1]:7700', 'third', found?.revision ?? 0)).to.equal(true);
    expect(await two.replace('c2.example:7700', 'other', 0)).to.equal(true);
    expect([...(await one.list())].sort()).to.deep.equal(['other', 'third']);
    await waitFor('what is told', () => told >= 3);
    over.abort();
    await watching;
  });
});
