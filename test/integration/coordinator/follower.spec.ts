import { expect } from 'chai';
import { join } from 'node:path';
import { AccessService, TokenKind } from '../../../common/gen/headframe/v1/access_service_pb.js';
import { FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import type { Role } from '../../../common/model/caller.js';
import { createClient } from '../../../common/rpc/index.js';
import type { CallMetadata, CallOptions, ChannelSecurity, Client } from '../../../common/rpc/index.js';
import { runCli } from '../../../coordinator/cli/program.js';
import { ROLE } from '../../../common/wire/client.js';
import { captureWorld } from '../../support/captured-world.js';
import { ClusterFixture } from '../../support/cluster-fixture.js';
import type { ClusterMember } from '../../support/cluster-fixture.js';
import { wireSpec } from '../../support/coordinator-fixture.js';
import { expectReason } from '../../support/expect-reason.js';
import { freePort } from '../../support/free-port.js';
import { adminCertificates, securityBy } from '../../support/host-certificates.js';
import type { MemoryTail } from '../../support/memory-tail.js';
import { waitFor } from '../../support/wait-for.js';

const TTL_MS = 4_000;

describe('a coordinator that follows', () => {
  let cluster: ClusterFixture;
  let tail: MemoryTail;
  let leader: ClusterMember;
  let follower: ClusterMember;
  let metrics: string;
  let security: ChannelSecurity;
  let write: Client<typeof FleetService>;
  let read: Client<typeof FleetService>;
  const heard: CallMetadata[] = [];

  beforeEach(async () => {
    cluster = await ClusterFixture.open(TTL_MS);
    leader = await cluster.start();
    await cluster.leads(leader);
    tail = cluster.tail();
    metrics = `127.0.0.1:${String(await freePort())}`;
    follower = await cluster.start({ metrics }, 1, tail);
    await waitFor('the follower to know', () => follower.run.text === `follower of ${leader.address}`);
    security = securityBy(await adminCertificates(leader.dataDir));
    heard.length = 0;
    write = createClient(FleetService, cluster.channelTo(leader, security));
    read = fleetAt(security);
    await waitFor('the fleet to be known', async () => {
      await read.listMiners({});
      return heard.at(-1)?.get('headframe-role') === 'follower';
    });
    heard.length = 0;
  });

  afterEach(async () => {
    await cluster[Symbol.asyncDispose]();
  });

  const fleetAt = (by: ChannelSecurity): Client<typeof FleetService> => {
    const onHeaders = (headers: CallMetadata) => void heard.push(headers);
    return createClient(FleetService, cluster.channelTo(follower, by, onHeaders));
  };

  const tokenOf = async (role: Role, ...namespaces: readonly string[]) => {
    const access = createClient(AccessService, cluster.channelTo(leader, security));
    const wish = { role: ROLE.toWire(role), kind: TokenKind.BEARER, ttlMs: 3_600_000n, name: `${role}-anna` };
    const { credential, token } = await access.createToken({ ...wish, namespaces: [...namespaces] });
    await tail.catchUp();
    const revoke = () => access.revokeToken({ id: token?.id ?? '' });
    if (security.kind !== 'mutual') throw new Error('the fleet is called by certificates');
    const { authorities } = security.source.current();
    return { client: fleetAt({ kind: 'bearer', trust: { authorities }, token: credential }), revoke };
  };

  it('tells what was just written, as of when, and hands the rest on to the one that leads', async () => {
    const { revision } = await write.applyMiners({ miners: [wireSpec({ replicas: 2 })] });
    const { miner } = await read.getMiner({ name: 'alpha' });
    expect(miner?.spec?.replicas).to.equal(2);
    expect(heard.at(-1)?.get('headframe-role')).to.equal('follower');
    expect(Number(heard.at(-1)?.get('headframe-age-ms'))).to.be.within(0, 5_000);
    const listed = await read.listMiners({});
    expect([listed.miners.length, listed.revision >= revision]).to.deep.equal([1, true]);
    await waitFor(
      'why they wait',
      async () => (await read.getMiner({ name: 'alpha' })).miner?.why?.reason === 'no_hosts',
    );
    expect((await read.listInstances({ miner: 'alpha' })).instances).to.have.length(2);
    // What it hands on it knows of by the next read.
    for (const replicas of [3, 4, 5]) {
      await read.scaleMiner({ name: 'alpha', replicas });
      expect(heard.at(-1)?.get('headframe-role')).to.equal(undefined);
      expect((await read.getMiner({ name: 'alpha' })).miner?.spec?.replicas).to.equal(replicas);
      expect(heard.at(-1)?.get('headframe-role')).to.equal('follower');
    }
    await expectReason(read.getMiner({ name: 'nobody' }), 'miner_not_found');
  });

  it('tells Prometheus, and whoever asks how it stands, how far it is behind and what it did', async () => {
    const figures = async (): Promise<Map<string, number>> => {
      const lines = (await (await fetch(`http://${metrics}/metrics`)).text()).split('\n');
      return new Map(
        lines
          .filter((line) => !line.startsWith('#'))
          .map((line) => line.split(' '))
          .map(([name = '', value]) => [name, Number(value)]),
      );
    };
    const standing = () =>
      cluster.clientsOf(follower, leader).then(({ coordinator }) => coordinator.getCoordinator({}));
    await write.applyMiners({ miners: [wireSpec()] });
    const { revision } = await read.listMiners({});
    await read.scaleMiner({ name: 'alpha', replicas: 2 });
    const calls = 'headframe_grpc_calls_total{method="/headframe.v1.FleetService/ListMiners",code="ok"}';
    const handed = 'headframe_follower_handed_on_total{outcome="answered"}';
    const now = await figures();
    expect([now.get('headframe_leads'), now.get('headframe_follower_revisions_behind')]).to.deep.equal([0, 0]);
    expect(now.get('headframe_follower_age_seconds')).to.be.within(0, 5);
    expect(now.get('headframe_follower_revision')).to.be.at.least(Number(revision));
    expect(now.get(calls)).to.be.at.least(1);
    await waitFor('what was handed on', async () => ((await figures()).get(handed) ?? 0) >= 1);
    expect(Number((await standing()).ageMs)).to.be.within(0, 5_000);

    tail.isAway = true;
    await write.applyMiners({ miners: [wireSpec({ name: 'beta' })] });
    await waitFor('what it lacks', async () => ((await figures()).get('headframe_follower_revisions_behind') ?? 0) > 0);
    await waitFor('its age', async () => ((await figures()).get('headframe_follower_age_seconds') ?? 0) > 2);
    const behind = await standing();
    expect(Number(behind.ageMs)).to.be.within(2_000, 30_000);
    expect([behind.revisionsBehind > 0n, behind.knownRevision >= revision]).to.deep.equal([true, true]);
    await tail.beginAnew();
    expect((await figures()).get('headframe_follower_age_seconds')).to.be.NaN;
    expect((await standing()).ageMs).to.equal(undefined);
  });

  it('answers everybody what they may see, and nobody whose credential was revoked', async () => {
    await write.applyMiners({ miners: [wireSpec()] });
    const viewer = await tokenOf('viewer');
    expect((await viewer.client.listMiners({})).miners).to.have.length(1);
    const held = await tokenOf('scheduler', 'other');
    expect((await held.client.listMiners({})).miners).to.have.length(0);
    tail.isAway = true;
    const fresh = await tokenOf('viewer');
    expect((await expectReason(fresh.client.listMiners({}), 'not_leader')).metadata).to.have.property('leader');
    tail.isAway = false;
    await tail.catchUp();
    expect((await fresh.client.listMiners({})).miners).to.have.length(1);
    const renter = await tokenOf('renter');
    await expectReason(renter.client.listMiners({}), 'permission_denied');
    const events = viewer.client.streamEvents({ follow: true });
    const streamed = expectReason(
      (async () => {
        for await (const { events: told } of events) expect(told).to.be.an('array');
      })(),
      'credential_revoked',
    );
    await viewer.revoke();
    await streamed;
    expect(await expectReason(viewer.client.listMiners({}), 'token_revoked')).to.include({ code: 'unauthenticated' });
  });

  it('marks what it tells with its age while it cannot catch up, and tells nothing whose age it does not know', async () => {
    const { revision } = await write.applyMiners({ miners: [wireSpec()] });
    await read.getMiner({ name: 'alpha' });
    tail.isAway = true;
    const later = await write.applyMiners({ miners: [wireSpec({ name: 'beta' })] });
    expect((await read.listMiners({})).miners.map(({ spec }) => spec?.name)).to.deep.equal(['alpha']);
    // As long as it has waited, at the least: what it was asked for it does not have.
    expect(Number(heard.at(-1)?.get('headframe-age-ms'))).to.be.within(500, 30_000);
    const atLeast = (wanted: bigint): CallOptions => ({ metadata: { 'headframe-min-revision': String(wanted) } });
    await read.listMiners({}, atLeast(revision));
    const behind = await expectReason(read.listMiners({}, atLeast(later.revision)), 'follower_behind');
    expect(behind).to.include({ code: 'unavailable' });
    expect(behind.metadata).to.deep.equal({ leader: leader.address });
    await expectReason(read.listMiners({}, { metadata: { 'headframe-min-revision': 'new' } }), 'invalid_request');
    const ahead = read.watchFleet({ fromRevision: later.revision })[Symbol.asyncIterator]();
    await expectReason(ahead.next(), 'follower_behind');

    const watch = read.watchFleet({})[Symbol.asyncIterator]();
    await watch.next();
    const ended = (async () => {
      for (;;) if ((await watch.next()).done === true) return;
    })();
    await tail.beginAnew();
    await expectReason(ended, 'follower_behind');
    // It has read less than before; it is the one that leads that answers then.
    expect((await read.listMiners({})).miners).to.have.length(2);
    expect(heard.at(-1)?.get('headframe-role')).to.equal(undefined);
    tail.isAway = false;
    await waitFor('it to catch up', async () => {
      expect((await read.listMiners({}, atLeast(later.revision))).miners).to.have.length(2);
      return heard.at(-1)?.get('headframe-role') === 'follower';
    });
  });

  it('tells revisions that hold as if-match at whoever leads, and lets nobody change what has changed since', async () => {
    const at = (revision: bigint | undefined): CallOptions => ({ metadata: { 'if-match': String(revision) } });
    for (const name of ['alpha', 'beta']) await write.applyMiners({ miners: [wireSpec({ name })] });
    const seen = async (by: typeof read, name: string) => (await by.getMiner({ name })).miner?.revision;
    await waitFor('the fleet to stand', async () => (await seen(read, 'beta')) === (await seen(write, 'beta')));
    const alpha = await seen(read, 'alpha');
    tail.isAway = true;
    // What the follower tells is old from now on.
    await write.scaleMiner({ name: 'alpha', replicas: 2 }, at(alpha));
    expect(await seen(read, 'alpha')).to.equal(alpha);
    expect(heard.at(-1)?.get('headframe-role')).to.equal('follower');
    await expectReason(read.scaleMiner({ name: 'alpha', replicas: 9 }, at(alpha)), 'revision_changed');
    tail.isAway = false;
    await read.scaleMiner({ name: 'alpha', replicas: 3 }, at(await seen(read, 'alpha')));
    const [former, beta] = [await seen(read, 'alpha'), await seen(read, 'beta')];

    // Over another that leads, which has read the store, nothing is another revision than before.
    await leader.stop();
    await cluster.leads(follower);
    expect(await seen(read, 'beta')).to.equal(beta);
    await read.scaleMiner({ name: 'beta', replicas: 4 }, at(beta));
    await expectReason(read.scaleMiner({ name: 'beta', replicas: 9 }, at(beta)), 'revision_changed');
    expect(Number(await seen(read, 'alpha'))).to.be.at.least(Number(former));
  });

  it('has the command say on stderr of what is older than a second how old it is, and leave its output alone', async () => {
    const run = async (...argv: string[]): Promise<{ code: number; out: unknown; err: string }> => {
      const world = captureWorld();
      const how = ['-o', 'json', '--address', follower.address, '--identity', join(leader.dataDir, 'admin')];
      const code = await runCli([...argv, ...how], world);
      return { code, out: JSON.parse(world.stdout.text), err: world.stderr.text };
    };
    await write.applyMiners({ miners: [wireSpec()] });
    expect(await run('miners', 'ls')).to.include({ code: 0, err: '' });
    tail.isAway = true;
    await write.scaleMiner({ name: 'alpha', replicas: 3 });
    await waitFor('it to be old', async () => {
      await read.listMiners({});
      return Number(heard.at(-1)?.get('headframe-age-ms')) > 2_000;
    });
    const { code, out, err } = await run('miners', 'show', 'alpha');
    expect(code).to.equal(0);
    expect(out).to.be.an('object');
    expect(err).to.match(new RegExp(`^note: as of [2-9]s ago, by ${follower.address}, .*\\n$`));
  });

  it('tells changes as they happen, and when it leads its watches end where they go on with their revision', async () => {
    await write.applyMiners({ miners: [wireSpec()] });
    let revision = 0n;
    const names = new Set<string>();
    const follow = async (until: () => boolean): Promise<void> => {
      for await (const message of read.watchFleet({ fromRevision: revision, miners: true })) {
        for (const { change } of message.changes) if (change.case === 'miner') names.add(change.value.spec?.name ?? '');
        if (message.synced || revision > 0n) revision = message.revision;
        if (until()) return;
      }
    };
    const over = expectReason(
      follow(() => false),
      'server_shutting_down',
    );
    await waitFor('the first', () => names.has('alpha'));
    await write.applyMiners({ miners: [wireSpec({ name: 'beta' })] });
    await waitFor('the second', () => names.has('beta'));
    expect(heard.at(-1)?.get('headframe-role')).to.equal('follower');
    await leader.stop();
    await cluster.leads(follower);
    await over;
    await read.applyMiners({ miners: [wireSpec({ name: 'gamma' })] });
    names.clear();
    await follow(() => names.has('gamma'));
    expect(heard.at(-1)?.get('headframe-role')).to.equal(undefined);
  });
});
