import { expect } from 'chai';
import { AccessService } from '../../../common/gen/headframe/v1/access_service_pb.js';
import { AuditService } from '../../../common/gen/headframe/v1/audit_service_pb.js';
import type { ExecRequest } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { createClient } from '../../../common/rpc/index.js';
import type { Channel, Client } from '../../../common/rpc/index.js';
import { ClusterFixture } from '../../support/cluster-fixture.js';
import type { ClusterMember } from '../../support/cluster-fixture.js';
import { wireSpec } from '../../support/coordinator-fixture.js';
import { collect, rejectionOf } from '../../support/echo-server.js';
import { expectReason } from '../../support/expect-reason.js';
import { FakeAgent } from '../../support/fake-agent.js';
import { adminCertificates, securityBy } from '../../support/host-certificates.js';
import { waitFor } from '../../support/wait-for.js';

const TTL_MS = 4_000;

/** Two of which the first leads. */
async function pair(
  cluster: ClusterFixture,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<[ClusterMember, ClusterMember]> {
  const first = await cluster.start(settings);
  await cluster.leads(first);
  const second = await cluster.start(settings);
  await waitFor('the follower to know', () => second.run.text === `follower of ${first.address}`);
  return [first, second];
}

describe('a coordinator that follows', () => {
  let cluster: ClusterFixture;
  let first: ClusterMember;
  let second: ClusterMember;
  let channel: Channel;
  let fleet: Client<typeof FleetService>;

  beforeEach(async () => {
    cluster = await ClusterFixture.open(TTL_MS);
    [first, second] = await pair(cluster);
    channel = cluster.channelTo(second, securityBy(await adminCertificates(first.dataDir)));
    fleet = createClient(FleetService, channel);
  });

  afterEach(async () => {
    await cluster[Symbol.asyncDispose]();
  });

  it('hands on what is applied, watched, said and done in instances, and the leader knows for whom and by whom', async () => {
    const watched = fleet.streamEvents({ follow: true })[Symbol.asyncIterator]();
    await watched.next();
    await fleet.applyMiners({ miners: [wireSpec()] });
    const certificates = await cluster.certificatesOf('host-1');
    const agent = await FakeAgent.connect(first.address, 'host-1', { certificates });
    try {
      const id = await waitFor('an instance', async () => {
        const { instances } = await fleet.listInstances({});
        return instances.find(({ hostId }) => hostId !== '')?.id;
      });
      const said = await waitFor('logs', () => collect(fleet.streamLogs({ instance: id })).catch(() => undefined));
      expect(said.map(({ data }) => Buffer.from(data?.data ?? []).toString()).join('')).to.equal('one\ntwo\nthree\n');
      const exec = fleet.exec();
      const rest = { command: ['cat'], tty: false, stdin: true, columns: 0, rows: 0 };
      const messages: ExecRequest['message'][] = [
        { case: 'start', value: { $typeName: 'headframe.v1.ExecStart', instance: id, ...rest } },
        { case: 'stdin', value: Buffer.from('ab') },
        { case: 'stdinEnd', value: true },
      ];
      for (const message of messages) await exec.requests.write({ message });
      const answers = (await collect(exec.responses)).map(({ message }) => message);
      expect(answers.at(-1)).to.deep.include({ case: 'exitCode', value: 7 });
    } finally {
      await agent.close();
    }
    await watched.return?.();
    const { entries } = await createClient(AuditService, channel).listEntries({ pageSize: 100 });
    const applied = entries.filter(({ method, outcome }) => method.endsWith('/ApplyMiners') && outcome === 'ok');
    expect(applied.map(({ name }) => name)).to.deep.equal(['admin']);
    expect(applied[0]?.peer).to.match(new RegExp(`^127\\.0\\.0\\.1:\\d+ via ${second.address}$`));
  });

  it('gets nobody in who was revoked', async () => {
    const { authority } = await cluster.authority();
    const bob = await authority.issueIdentity({ role: 'operator', name: 'bob' });
    const client = createClient(FleetService, cluster.channelTo(second, securityBy(bob)));
    await client.listMiners({});
    await createClient(AccessService, channel).revokeCredential({ which: { case: 'name', value: 'bob' } });
    await expectReason(client.listMiners({}), 'unauthenticated');
  });

  it('fails what the leader was asked when it is lost, and hands on to the next', async () => {
    const watched = fleet.watchFleet({})[Symbol.asyncIterator]();
    await watched.next();
    const over = rejectionOf(collect({ [Symbol.asyncIterator]: () => watched }));
    const third = await cluster.start();
    first.standStill(TTL_MS);
    expect(await over).to.include({ code: 'unavailable' });
    const heir = await waitFor('an heir', () => [second, third].find(({ run }) => run.text.startsWith('leads')));
    const other = heir === second ? third : second;
    await waitFor('the other to know', () => other.run.text === `follower of ${heir.address}`);
    const next = createClient(
      FleetService,
      cluster.channelTo(other, securityBy(await adminCertificates(first.dataDir))),
    );
    await next.applyMiners({ miners: [wireSpec()] });
    expect((await next.listMiners({})).miners).to.have.length(1);
  });
});

describe('a coordinator that follows in clear', () => {
  it('hands on for whoever is on this machine', async () => {
    const cluster = await ClusterFixture.open(TTL_MS);
    try {
      const [, second] = await pair(cluster, { security: { mode: 'plaintext' } });
      const fleet = createClient(FleetService, cluster.channelTo(second, { kind: 'plaintext' }));
      await fleet.applyMiners({ miners: [wireSpec()] });
      expect((await fleet.listMiners({})).miners).to.have.length(1);
    } finally {
      await cluster[Symbol.asyncDispose]();
    }
  });
});
