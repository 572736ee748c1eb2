import { create } from '@bufbuild/protobuf';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { joinFleet } from '../../agent/identity/index.js';
import { AccessService, Role } from '../../common/gen/headframe/v1/access_service_pb.js';
import { AgentService, TunnelRequestSchema } from '../../common/gen/headframe/v1/agent_service_pb.js';
import { AuditService } from '../../common/gen/headframe/v1/audit_service_pb.js';
import type { AuditEntry } from '../../common/gen/headframe/v1/audit_service_pb.js';
import { FleetService } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import { systemClock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import type { Certificates, ChannelSecurity } from '../../common/rpc/index.js';
import { rejectionOf } from '../support/echo-server.js';
import { FakeAgent } from '../support/fake-agent.js';
import { HostCertificates, securityBy } from '../support/host-certificates.js';
import { ManualClock } from '../support/manual-clock.js';
import { TestFleet } from '../support/programs.js';
import { FLAG, FRAME, RawHttp2, callHeaders, frame } from '../support/raw-http2.js';
import { makeTempDir } from '../support/temp-dir.js';
import { openTestAuthority } from '../support/test-authority.js';
import { waitFor } from '../support/wait-for.js';

const LIST = '/headframe.v1.FleetService/ListMiners';
const WEEK_MS = 7 * 86_400_000;

describe('strangers and thieves at a coordinator', function () {
  this.timeout(30_000);
  let temp: AsyncDisposable & { path: string };
  let fleet: TestFleet;
  let own: Channel;
  let hosts: HostCertificates;

  before(async () => {
    temp = await makeTempDir();
    fleet = new TestFleet(temp.path);
    await fleet.startCoordinator();
    own = new Channel({ address: fleet.address, security: fleet.security(), clock: systemClock });
    hosts = await HostCertificates.open(fleet.storeFolder);
  });
  after(async () => {
    own.close();
    await fleet.close().finally(() => temp[Symbol.asyncDispose]());
  });

  async function refusalOf(security: ChannelSecurity): Promise<HeadframeError> {
    const channel = new Channel({ address: fleet.address, security, clock: systemClock });
    try {
      return await failureOf(createClient(FleetService, channel).listMiners({}));
    } finally {
      channel.close();
    }
  }

  const logged = (words: RegExp): Promise<unknown> =>
    waitFor(`the log to say ${String(words)}`, async () => words.test(await fleet.log('coordinator')));

  async function audited(method: RegExp, reason: RegExp, least = 1): Promise<AuditEntry[]> {
    const audit = createClient(AuditService, own);
    let found: AuditEntry[] = [];
    await waitFor(`the audit to have ${String(reason)} of ${String(method)}`, async () => {
      const { entries } = await audit.listEntries({ pageSize: 1000, outcome: 'error' });
      found = entries.filter((entry) => method.test(entry.method) && reason.test(entry.reason));
      return found.length >= least;
    });
    return found;
  }

  it('are told the same whatever they show, while log and audit have the reason', async () => {
    const { authority } = await createClient(AccessService, own).createToken({
      role: Role.AGENT,
      uses: 1,
      ttlMs: 60_000n,
    });
    const { authorities } = await hosts.of('alpha');
    const other = await openTestAuthority(join(temp.path, 'other'), systemClock);
    const past = await HostCertificates.open(fleet.storeFolder, new ManualClock(Date.now() - WEEK_MS));
    const foreign = await other.issueIdentity({ role: 'admin', name: 'local' });
    const attempts: readonly [ChannelSecurity, string][] = [
      [{ kind: 'pinned', digest: authority }, 'no_certificate'],
      [securityBy(await past.of('alpha')), 'expired'],
      [securityBy({ ...foreign, authorities }), 'foreign'],
      [securityBy({ ...selfSigned(), authorities }), 'foreign'],
    ];
    const told = new Set<string>();
    for (const [security, reason] of attempts) {
      const { code, reason: given, message, metadata } = await refusalOf(security);
      told.add(JSON.stringify([code, given, message, metadata]));
      await logged(new RegExp(`"reason":"${reason}"`));
      const [entry] = await audited(/ListMiners$/, new RegExp(`^${reason}$`));
      expect(entry).to.include({ role: 'stranger', name: '', outcome: 'unauthenticated', count: 1 });
    }
    expect([...told]).to.have.length(1);
    expect([...told][0]).to.include('"unauthenticated","unauthenticated"');
  });

  it('get nothing by the certificate of a host but that host', async () => {
    const stolen = await hosts.of('alpha');
    expect(await refusalOf(securityBy(stolen))).to.include({ code: 'permission_denied' });
    const [call] = await audited(/ListMiners$/, /^role$/);
    expect(call).to.include({ role: 'agent', name: 'alpha', outcome: 'permission_denied' });
    const thief = new FakeAgent(fleet.address, 'beta', { certificates: stolen });
    await waitFor('a refusal', () => thief.ended !== undefined);
    await thief.close();
    expect(thief.ended).to.have.property('reason', 'host_mismatch');
    const channel = new Channel({ address: fleet.address, security: securityBy(stolen), clock: systemClock });
    const tunnel = createClient(AgentService, channel).tunnel();
    const refused = failureOf(tunnel.responses[Symbol.asyncIterator]().next());
    const value = { $typeName: 'headframe.v1.TunnelHello' as const, tunnelId: 'any', hostId: 'beta' };
    await tunnel.requests.write(create(TunnelRequestSchema, { message: { case: 'hello', value } }));
    expect(await refused).to.have.property('reason', 'host_mismatch');
    channel.close();
    for (const method of ['Session', 'Tunnel']) {
      const [entry] = await audited(new RegExp(`AgentService/${method}$`), /^host_mismatch$/);
      expect(entry).to.include({ name: 'alpha', target: 'host/beta', outcome: 'permission_denied' });
      await logged(new RegExp(`AgentService/${method}".*"host_mismatch"`));
    }
    expect((await fleet.hosts.listHosts({})).hosts).to.deep.equal([]);
  });

  it('join no second time by a line that is spent, and not by one that they guess', async () => {
    const { credential, authority } = await createClient(AccessService, own).createToken({
      role: Role.AGENT,
      uses: 1,
      ttlMs: 60_000n,
    });
    const join_ = (token: string, host: string): Promise<void> =>
      joinFleet(
        { coordinator: fleet.address, token, authority, again: false },
        { dataDir: join(temp.path, host), hostId: host, clock: systemClock },
      );
    await join_(credential, 'first');
    for (const [token, reason] of [
      [credential, 'token_spent'],
      [`${credential.slice(0, -4)}AAAA`, 'token_unknown'],
    ] as const) {
      expect((await failureOf(join_(token, 'second'))).reason).to.equal(reason);
      await audited(/AccessService\/Join$/, new RegExp(`^${reason}$`));
      await logged(new RegExp(`"reason":"${reason}"`));
    }
  });

  it('are dropped without TLS, with garbage and with headers without an end, and hurt nobody', async () => {
    // The log has ten lines a second, and most of this second's are spent.
    await sleep(1_000);
    const port = Number(fleet.address.split(':')[1]);
    expect(await refusalOf({ kind: 'plaintext' })).to.include({ code: 'unavailable' });
    const clear = await audited(/^connection$/, /^ERR_SSL_/);
    const garbage = await RawHttp2.openPlain(port);
    garbage.socket.write(Buffer.alloc(2_000, 0x16));
    await garbage.closed;
    await logged(/"ERR_SSL_\w+"/);
    const [entry] = await audited(/^connection$/, /^ERR_SSL_/, clear.length + 1);
    expect(entry).to.include({ role: 'stranger', outcome: 'unauthenticated', peer: '127.0.0.1' });
    const admin: Certificates = await hosts.of('alpha');
    const raw = (await RawHttp2.open(port, admin)).greet();
    const block = callHeaders(LIST, ...[1, 2, 3].map((n) => [`x-large-${String(n)}`, 'x'.repeat(10_000)] as const));
    raw.send(frame(FRAME.headers, 0, 1, block.subarray(0, 16_000)));
    raw.send(frame(FRAME.more, FLAG.endHeaders, 1, block.subarray(16_000)));
    await logged(/"headers_too_large"/);
    await audited(/^connection$/, /^headers_too_large$/);
    raw.close();
    expect(fleet.coordinator.running).to.equal(true);
    expect((await fleet.fleet.getFleetStatus({})).version).not.to.equal('');
  });
});

async function failureOf(call: Promise<unknown>): Promise<HeadframeError> {
  const error = await rejectionOf(call);
  if (error instanceof HeadframeError) return error;
  throw error;
}

/** A pair that no authority has signed; of no use outside these tests. */
function selfSigned(): { readonly certificate: Buffer; readonly key: Buffer } {
  const pem = (name: string): Buffer => readFileSync(new URL(`../support/tls/${name}.pem`, import.meta.url));
  return { certificate: pem('certificate'), key: pem('key') };
}
