import { expect } from 'chai';
import { X509Certificate, generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadframeError } from '../../../../../common/model/error.js';
import { certificateRequest } from '../../../../../common/enrolment/index.js';
import type { Authority } from '../../../../../coordinator/security/authority/index.js';
import { issueServerCertificates } from '../../../../../coordinator/security/authority/index.js';
import { ManualClock } from '../../../../support/manual-clock.js';
import { makeTempDir } from '../../../../support/temp-dir.js';
import { openTestAuthority, testProtector } from '../../../../support/test-authority.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

describe('Authority', () => {
  let clock: ManualClock;
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  let authority: Authority;

  beforeEach(async () => {
    clock = new ManualClock();
    folder = await makeTempDir();
    authority = await openTestAuthority(folder.path, clock);
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  async function agentDer(from: Authority = authority, hostId = 'h-1'): Promise<Buffer> {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return new X509Certificate(await from.issueAgent(certificateRequest(privateKey, 'somebody-else'), hostId)).raw;
  }

  it('is the same after a restart, and its key is nowhere in clear', async () => {
    const der = await agentDer();
    const again = await openTestAuthority(folder.path, clock);
    expect(again.digest)
      .to.equal(authority.digest)
      .and.match(/^sha256:[0-9a-f]{64}$/);
    expect(again.verify(der)).to.include({ role: 'agent', hostId: 'h-1' });
    expect(await readFile(join(folder.path, 'authority.json'), 'utf8')).not.to.include('PRIVATE KEY');
  });

  it('is opened by no other key, and not when its file was changed', async () => {
    const reasonOf = (opened: Promise<unknown>): Promise<unknown> =>
      opened.then(
        () => 'opened',
        (error: unknown) => error instanceof HeadframeError && error.reason,
      );
    expect(await reasonOf(openTestAuthority(folder.path, clock, testProtector('other')))).to.equal('protector_wrong');
    const path = join(folder.path, 'authority.json');
    const text = await readFile(path, 'utf8');
    const changed = text.replace(/"data":"(.)/, (_all, first: string) => `"data":"${first === 'A' ? 'B' : 'A'}`);
    await writeFile(path, changed);
    expect(await reasonOf(openTestAuthority(folder.path, clock))).to.equal('protector_wrong');
    await writeFile(path, '{}');
    expect(await reasonOf(openTestAuthority(folder.path, clock))).to.equal('authority_damaged');
  });

  it('binds a certificate to the host, whatever the subject of the request says', async () => {
    const verified = authority.verify(await agentDer());
    expect(verified).to.include({ role: 'agent', hostId: 'h-1', notAfterMs: clock.nowMs() + HOUR_MS });
  });

  it('tells of people what they are held to', async () => {
    const subject = { role: 'scheduler', name: 'farm/ö, 1', namespaces: ['a', 'b'] } as const;
    const { certificate } = await authority.issueIdentity(subject);
    expect(authority.verify(new X509Certificate(certificate).raw)).to.deep.include(subject);
  });

  it('tells its coordinators from all others, who are no callers by what proves them', async () => {
    const { certificate } = await authority.issueCoordinator('c1.example:7700, ö');
    const der = new X509Certificate(certificate).raw;
    expect(authority.coordinatorOf(der)).to.equal('c1.example:7700, ö');
    expect(authority.verify(der)).to.deep.equal({ refused: 'malformed' });
    const admin = await authority.issueIdentity({ role: 'admin', name: 'headframe://coordinator/c1' });
    const host = await agentDer(authority, 'x,URI:headframe://coordinator/c1');
    const server = await authority.issueServer(['c1']);
    const others = [new X509Certificate(admin.certificate).raw, host, new X509Certificate(server.certificate).raw];
    expect([...others, Buffer.alloc(3)].map((one) => authority.coordinatorOf(one))).to.deep.equal(
      Array(4).fill(undefined),
    );
    clock.advance(HOUR_MS + 1);
    expect(authority.coordinatorOf(der)).to.equal(undefined);
  });

  it('refuses what has expired, is not valid yet, is foreign, or changed', async () => {
    const der = await agentDer();
    const other = await makeTempDir();
    const foreign = await agentDer(await openTestAuthority(other.path, clock));
    await other[Symbol.asyncDispose]();
    const early = new ManualClock(clock.nowMs() - HOUR_MS);
    const changed = Buffer.from(der);
    changed.writeUInt8(changed.readUInt8(changed.length - 20) ^ 1, changed.length - 20);
    expect((await openTestAuthority(folder.path, early)).verify(der)).to.deep.equal({ refused: 'not_yet_valid' });
    expect(authority.verify(foreign)).to.deep.equal({ refused: 'foreign' });
    expect(authority.verify(changed)).to.deep.equal({ refused: 'foreign' });
    expect(authority.verify(Buffer.from('nonsense'))).to.deep.equal({ refused: 'malformed' });
    expect(authority.verify(der)).to.include({ hostId: 'h-1' });
    clock.advance(HOUR_MS + MINUTE_MS);
    expect(authority.verify(der)).to.deep.equal({ refused: 'expired' });
  });

  it("takes neither a server's certificate nor its own for a client's", async () => {
    const { certificate, authorities } = await authority.issueServer(['127.0.0.1']);
    for (const pem of [certificate, authorities])
      expect(authority.verify(new X509Certificate(pem).raw)).to.deep.equal({ refused: 'malformed' });
  });

  it('signs no request that is none, is changed, or has another kind of key', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const good = certificateRequest(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, 'h-1');
    const at = good.length - 60;
    const changed = good.slice(0, at) + (good[at] === 'A' ? 'B' : 'A') + good.slice(at + 1);
    for (const request of ['', 'nonsense', changed, certificateRequest(privateKey, 'h-1')]) {
      const error: unknown = await authority.issueAgent(request, 'h-1').catch((thrown: unknown) => thrown);
      expect(error).to.include({ code: 'invalid_argument', reason: 'certificate_request_invalid' });
    }
  });

  it("renews a server's certificate when two thirds of its life are over", async () => {
    const certificates = await issueServerCertificates({ authority, names: ['a.example'], clock, lifeMs: HOUR_MS });
    const first = certificates.current();
    const renewed = new Promise<void>((resolve) => certificates.onChange(resolve));
    const stop = new AbortController();
    const running = certificates.start(stop.signal);
    clock.advance(39 * MINUTE_MS);
    await turn();
    expect(certificates.current()).to.equal(first);
    clock.advance(2 * MINUTE_MS);
    await renewed;
    expect(certificates.current()).not.to.equal(first);
    stop.abort();
    await running;
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
