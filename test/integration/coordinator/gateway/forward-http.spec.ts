import { expect } from 'chai';
import { once } from 'node:events';
import { connect } from 'node:http2';
import type { IncomingHttpHeaders } from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { AccessService, TokenKind } from '../../../../common/gen/headframe/v1/access_service_pb.js';
import { AuditService } from '../../../../common/gen/headframe/v1/audit_service_pb.js';
import { createClient } from '../../../../common/rpc/index.js';
import type { Certificates, Channel } from '../../../../common/rpc/index.js';
import { ROLE } from '../../../../common/wire/client.js';
import { ClusterFixture } from '../../../support/cluster-fixture.js';
import type { ClusterMember } from '../../../support/cluster-fixture.js';
import { adminCertificates, securityBy } from '../../../support/host-certificates.js';
import { httpClient } from '../../../support/http-client.js';
import { LiveListener } from '../../../support/live-listener.js';
import { waitFor } from '../../../support/wait-for.js';

const TTL_MS = 4_000;

describe('HTTP of a coordinator that follows', () => {
  let cluster: ClusterFixture;
  let first: ClusterMember;
  let second: ClusterMember;
  let admin: Certificates;
  let channel: Channel;
  let token: string;

  beforeEach(async () => {
    cluster = await ClusterFixture.open(TTL_MS);
    first = await cluster.start({ models: { maxUpload: '32MiB' } });
    await cluster.leads(first);
    second = await cluster.start();
    await waitFor('the follower to know', () => second.run.text === `follower of ${first.address}`);
    admin = await adminCertificates(first.dataDir);
    channel = cluster.channelTo(first, securityBy(admin));
    const wish = { role: ROLE.toWire('operator'), kind: TokenKind.BEARER, ttlMs: 3_600_000n, name: 'anna' };
    token = (await createClient(AccessService, channel).createToken(wish)).credential;
  });

  afterEach(async () => {
    await cluster[Symbol.asyncDispose]();
  });

  it('is that of the one that leads: what is read, changed, sent in bulk and listened to, judged and recorded there', async () => {
    const ask = httpClient(second.httpAddress, admin.authorities);
    expect((await ask('/v1/miners', { token })).status).to.equal(200);
    expect((await ask('/v1/miners')).status).to.equal(401);
    expect((await ask('/v1/miners', { token: 'a.b' })).status).to.equal(401);
    const namespace = JSON.stringify({ namespace: { name: 'farm' } });
    const made = await ask('/v1/namespaces', { verb: 'POST', token, body: namespace });
    expect(made.status, made.text).to.equal(200);
    const { entries } = await createClient(AuditService, channel).listEntries({ pageSize: 100 });
    const applied = entries.find(({ method, outcome }) => method.endsWith('/ApplyNamespace') && outcome === 'ok');
    expect(applied?.name).to.equal('anna');
    expect(applied?.peer).to.match(new RegExp(`^127\\.0\\.0\\.1:\\d+ via ${second.address}$`));

    const claimed = await ask('/v1/miners', { token, headers: { 'headframe-on-behalf-of': '10.0.0.1:1' } });
    expect([claimed.status, claimed.json['reason']]).to.deep.equal([403, 'on_behalf_refused']);
    const archive = pack();
    archive.entry({ name: 'Dockerfile' }, 'FROM scratch\n');
    archive.entry({ name: 'weights' }, Buffer.alloc(8 * 2 ** 20));
    archive.finalize();
    const body = (await buffer(archive)).toString('latin1');
    const headers = { 'content-type': 'application/octet-stream' };
    const sent = await ask('/v1/models/uploads', { verb: 'POST', token, headers, body, timeoutMs: 20_000 });
    expect([sent.status, sent.json['files']], sent.text).to.deep.equal([200, 2]);

    const { authorities } = admin;
    const listener = await LiveListener.connect({ address: second.httpAddress, authorities }, token);
    listener.subscribe('fleet');
    await listener.wait('fleet', ({ synced }) => synced);
    listener.socket.close();
  });

  it('is taken from coordinators alone', async () => {
    const { certificate: cert, key, authorities: ca } = admin;
    for (const { address } of [first, second]) {
      const session = connect(`https://${address}`, { cert, key, ca });
      const headers = { ':method': 'POST', ':path': '/headframe/connection', 'headframe-on-behalf-of': '10.0.0.1:1' };
      const stream = session.request(headers, { endStream: false });
      stream.on('error', () => undefined);
      const [answer] = (await once(stream, 'response')) as [IncomingHttpHeaders];
      // Permission denied.
      expect(answer).to.include({ 'grpc-status': '7', 'content-type': 'application/grpc+proto' });
      session.destroy();
    }
  });

  it('ends with the one that leads, and says who leads while nobody takes it', async () => {
    const { authorities } = admin;
    const listener = await LiveListener.connect({ address: second.httpAddress, authorities }, token);
    first.standStill(TTL_MS);
    await waitFor('the end', () => listener.code !== undefined);

    cluster.bucket.mode = 'away';
    const third = await cluster.start();
    const problem = await httpClient(third.httpAddress, authorities)('/v1/miners', { token });
    expect([problem.status, problem.json['reason']]).to.deep.equal([503, 'not_leader']);
  });
});
