import { expect } from 'chai';
import { once } from 'node:events';
import { connect as connectPlain, createServer } from 'node:net';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { connect as connectTls } from 'node:tls';
import { systemClock } from '../../../../common/model/clock.js';
import type { Caller } from '../../../../common/model/caller.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { TlsGate } from '../../../../common/rpc/tls-gate.js';
import { Channel, RpcServer, createClient } from '../../../../common/rpc/index.js';
import type { Certificates, ChannelSecurity, RefusedConnection } from '../../../../common/rpc/index.js';
import type { Authority } from '../../../../coordinator/security/authority/index.js';
import { createAuthorize } from '../../../../coordinator/security/index.js';
import { plainEcho, rejectionOf } from '../../../support/echo-server.js';
import { EchoService } from '../../../support/gen/echo/v1/echo_pb.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { makeCertificate, writeOwnAuthority } from '../../../support/own-authority.js';
import { openTestAuthority, testProtector } from '../../../support/test-authority.js';

const HOUR_MS = 3_600_000;

describe('RPC over mutual TLS', () => {
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  let authority: Authority;
  let server: RpcServer;
  let address: string;
  let own: Certificates;
  let changed: () => void;
  let refused: string[];
  let admin: Certificates;

  beforeEach(async () => {
    folder = await makeTempDir();
    authority = await openTestAuthority(join(folder.path, 'ours'), systemClock);
    own = await authority.issueServer(['127.0.0.1']);
    admin = await authority.issueIdentity({ role: 'admin', name: 'ada' });
    refused = [];
    const onRefused = ({ reason }: { readonly reason: string }): unknown => refused.push(reason);
    const authorize = createAuthorize({ authority, isRevoked: () => false, onRefused });
    const fixed = { clock: systemClock, newRequestId: () => 'r', onUnforeseen: () => undefined };
    const permit = ({ role }: Caller) => {
      if (role === 'admin') return () => undefined;
      throw new HeadframeError({ code: 'permission_denied', reason: 'permission_denied', message: 'no' });
    };
    server = new RpcServer({ ...fixed, authorize, permit, onRefused, connections: { total: 4, perAddress: 4 } });
    server.add(EchoService, { ...plainEcho, say: async (_said, { caller }) => ({ text: caller.name }) });
    const source = {
      current: () => own,
      onChange: (listener: () => void) => {
        changed = listener;
        return () => undefined;
      },
    };
    address = await server.listen('127.0.0.1:0', { kind: 'mutual', source });
  });
  afterEach(async () => {
    await server.shutdown(0);
    await folder[Symbol.asyncDispose]();
  });

  async function sayOver(security: ChannelSecurity): Promise<string> {
    const channel = new Channel({ address, security, clock: systemClock });
    try {
      return (await createClient(EchoService, channel).say({ text: 'safe' })).text;
    } finally {
      channel.close();
    }
  }
  const withProof = (proof: Certificates): ChannelSecurity => ({ kind: 'mutual', source: { current: () => proof } });
  const port = (): number => Number(address.slice(address.lastIndexOf(':') + 1));
  const authorities = (): Buffer => Buffer.from(authority.bundle);

  it('tells the handler whom the certificate speaks of', async () => {
    expect(await sayOver(withProof(admin))).to.equal('ada');
  });

  it('refuses whoever proves nothing before a handler runs, and tells all of them the same', async () => {
    const past = new ManualClock(Date.now() - 3 * HOUR_MS);
    const expired = await (await openTestAuthority(join(folder.path, 'ours'), past)).issueIdentity(ADMIN);
    const foreign = await (await openTestAuthority(join(folder.path, 'other'), systemClock)).issueIdentity(ADMIN);
    const attempts: readonly [ChannelSecurity, string][] = [
      [{ kind: 'pinned', digest: authority.digest }, 'no_certificate'],
      [withProof(expired), 'expired'],
      [withProof({ ...foreign, authorities: authorities() }), 'foreign'],
      [withProof({ ...selfSigned(), authorities: authorities() }), 'foreign'],
    ];
    const told = new Set<string>();
    for (const [security, reason] of attempts) {
      const error = await rejectionOf(sayOver(security));
      expect(error).to.include({ code: 'unauthenticated', reason: 'unauthenticated' });
      told.add(String(error));
      expect(refused.splice(0)).to.deep.equal([reason]);
    }
    expect(told.size).to.equal(1);
  });

  it('takes up no former session again, so that each connection proves its certificate', async () => {
    const { certificate: cert, key } = admin;
    const options = { host: '127.0.0.1', port: port(), cert, key, ca: authorities(), ALPNProtocols: ['h2'] };
    const first = connectTls({ ...options, minVersion: 'TLSv1.3' });
    const session = await new Promise<Buffer>((resolve) => first.once('session', resolve));
    first.destroy();
    const second = connectTls({ ...options, minVersion: 'TLSv1.3', session }).on('error', () => undefined);
    await once(second, 'secureConnect');
    const isReused = second.isSessionReused();
    second.destroy();
    expect(isReused).to.equal(false);
  });

  it('refuses what the role of a certificate does not allow', async () => {
    const { certificate, key } = await authority.issueIdentity({ role: 'viewer', name: 'vera' });
    const error = await rejectionOf(sayOver(withProof({ certificate, key, authorities: authorities() })));
    expect(error).to.include({ code: 'permission_denied', reason: 'permission_denied' });
  });

  it('is not believed by a client that trusts another authority, or calls it by another name', async () => {
    const other = await openTestAuthority(join(folder.path, 'other'), systemClock);
    const trusting = { ...admin, authorities: Buffer.from(other.bundle) };
    expect(await rejectionOf(sayOver(withProof(trusting)))).to.include({ reason: 'authority_mismatch' });
    expect(await rejectionOf(sayOver({ kind: 'pinned', digest: other.digest }))).to.include({
      reason: 'authority_mismatch',
    });
    own = await authority.issueServer(['elsewhere.example']);
    changed();
    expect(await rejectionOf(sayOver(withProof(admin)))).to.include({ reason: 'coordinator_name_mismatch' });
    const pinned = { kind: 'pinned', digest: authority.digest } as const;
    expect(await rejectionOf(sayOver(pinned))).to.include({ reason: 'coordinator_name_mismatch' });
  });

  it('is believed, while its authority is replaced, by who knows the old one or the new one alone', async () => {
    const [before, digest] = [admin, authority.digest];
    await authority.rotate(digest);
    own = await authority.issueServer(['127.0.0.1']);
    changed();
    const after = await authority.issueIdentity({ role: 'admin', name: 'eve' });
    expect(await sayOver(withProof(before))).to.equal('ada');
    expect(await sayOver(withProof(after))).to.equal('eve');
    // Known by its digest, and let as far as to be asked for a proof.
    for (const known of [digest, authority.digest])
      expect(await rejectionOf(sayOver({ kind: 'pinned', digest: known }))).to.include({ code: 'unauthenticated' });
    await authority.retire(digest);
    own = await authority.issueServer(['127.0.0.1']);
    changed();
    expect(await sayOver(withProof(after))).to.equal('eve');
    expect(await rejectionOf(sayOver(withProof(before)))).to.include({ reason: 'authority_mismatch' });
    expect(await rejectionOf(sayOver({ kind: 'pinned', digest }))).to.include({ reason: 'authority_mismatch' });
    const knowing = { ...before, authorities: authorities() };
    expect(await rejectionOf(sayOver(withProof(knowing)))).to.include({ code: 'unauthenticated' });
    expect(refused.at(-1)).to.equal('foreign');
  });

  it("is believed by the operator's own authority, by its digest and by its root", async () => {
    const fromMs = Date.now() - HOUR_MS;
    const root = await makeCertificate({ name: 'root', fromMs, pathLength: 1 });
    const fleet = await makeCertificate({ name: 'fleet', issuer: root, fromMs, pathLength: 0 });
    const files = await writeOwnAuthority(folder.path, [fleet, root]);
    const ours = await openTestAuthority(join(folder.path, 'own'), systemClock, testProtector(), files);
    own = await ours.issueServer(['127.0.0.1']);
    changed();
    // Let as far as to be asked for a proof, which this server knows of another authority alone.
    const trusting = { ...admin, authorities: Buffer.from(ours.bundle) };
    expect(await sayOver(withProof(trusting))).to.equal('ada');
    expect(await rejectionOf(sayOver({ kind: 'pinned', digest: ours.digest }))).to.include({ code: 'unauthenticated' });
    expect(await rejectionOf(sayOver(withProof(admin)))).to.include({ reason: 'authority_mismatch' });
  });

  it('is not believed by a joining client once its certificate has expired', async () => {
    const past = new ManualClock(Date.now() - 3 * HOUR_MS);
    own = await (await openTestAuthority(join(folder.path, 'ours'), past)).issueServer(['127.0.0.1']);
    changed();
    const pinned = { kind: 'pinned', digest: authority.digest } as const;
    expect(await rejectionOf(sayOver(pinned))).to.include({ code: 'unavailable' });
  });

  it("believes no host's certificate that poses as a server's", async () => {
    own = await authority.issueIdentity({ role: 'viewer', name: '127.0.0.1' });
    own = { ...own, certificate: Buffer.concat([own.certificate, authorities()]) };
    changed();
    expect(await rejectionOf(sayOver(withProof(admin)))).to.include({ code: 'unavailable' });
    const pinned = { kind: 'pinned', digest: authority.digest } as const;
    expect(await rejectionOf(sayOver(pinned))).to.include({ code: 'unavailable' });
  });

  it('shows new connections its new certificate, while open streams go on', async () => {
    const channel = new Channel({ address, security: withProof(admin), clock: systemClock });
    const chat = createClient(EchoService, channel).chat();
    const answers = chat.responses[Symbol.asyncIterator]();
    await chat.requests.write({ text: 'before' });
    expect((await answers.next()).value).to.include({ text: 'before' });
    const before = await serialShown(port());
    own = await authority.issueServer(['127.0.0.1']);
    changed();
    expect(await serialShown(port())).not.to.equal(before);
    await chat.requests.write({ text: 'after' });
    expect((await answers.next()).value).to.include({ text: 'after' });
    expect(await sayOver(withProof(admin))).to.equal('ada');
    channel.close();
  });

  it('drops clients without TLS, with garbage, and with TLS 1.2, and serves on', async () => {
    expect(await rejectionOf(sayOver({ kind: 'plaintext' }))).to.include({ code: 'unavailable' });
    const garbage = connectPlain(port(), '127.0.0.1');
    garbage.on('error', () => undefined).end(Buffer.alloc(2_000, 0x16));
    await once(garbage.resume(), 'close');
    const old = connectTls({ port: port(), host: '127.0.0.1', rejectUnauthorized: false, maxVersion: 'TLSv1.2' });
    const [error] = (await once(old, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).to.equal('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    expect(refused).to.include.members(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_UNSUPPORTED_PROTOCOL']);
    expect(await sayOver(withProof(admin))).to.equal('ada');
  });

  it('takes no more connections than it may, and one more when one has gone', async () => {
    const sockets = Array.from({ length: 4 }, () => connectPlain(port(), '127.0.0.1'));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const fifth = connectPlain(port(), '127.0.0.1');
    fifth.on('error', () => undefined);
    await once(fifth.resume(), 'close');
    expect(refused).to.deep.equal(['too_many_connections']);
    for (const socket of sockets) socket.destroy();
    expect(await sayOver(withProof(admin))).to.equal('ada');
  });

  it('drops whoever does not finish the handshake in time', async () => {
    const dropped: RefusedConnection[] = [];
    const source = { current: () => own, onChange: () => () => undefined };
    const onRefused = (one: RefusedConnection): unknown => dropped.push(one);
    const gate = new TlsGate(source, { clock: systemClock, onConnection: () => undefined, onRefused, handshakeMs: 50 });
    const listener = createServer((socket) => {
      gate.enter(socket);
    });
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    const bound = listener.address();
    const silent = connectPlain(typeof bound === 'object' && bound !== null ? bound.port : 0, '127.0.0.1');
    await once(silent.resume(), 'close');
    expect(dropped.map(({ reason }) => reason)).to.deep.equal(['ERR_TLS_HANDSHAKE_TIMEOUT']);
    gate.close();
    listener.close();
  });
});

const ADMIN = { role: 'admin', name: 'ada' } as const;

async function serialShown(port: number): Promise<string> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

/** A pair that no authority has signed; of no use outside these tests. */
function selfSigned(): { readonly certificate: Buffer; readonly key: Buffer } {
  const pem = (name: string): Buffer => readFileSync(new URL(`../../../support/tls/${name}.pem`, import.meta.url));
  return { certificate: pem('certificate'), key: pem('key') };
}
