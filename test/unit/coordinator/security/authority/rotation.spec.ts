import { expect } from 'chai';
import { X509Certificate } from 'node:crypto';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Authority } from '../../../../../coordinator/security/authority/index.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { makeHostKey, requestBy } from '../../../../support/host-joins.js';
import { ManualClock } from '../../../../support/manual-clock.js';
import { makeTempDir } from '../../../../support/temp-dir.js';
import { openTestAuthority } from '../../../../support/test-authority.js';

describe('the rotation of an authority', () => {
  let clock: ManualClock;
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  let authority: Authority;
  let first: string;

  beforeEach(async () => {
    clock = new ManualClock();
    folder = await makeTempDir();
    authority = await openTestAuthority(folder.path, clock);
    first = authority.digest;
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  const issue = async (from: Authority = authority): Promise<Buffer> =>
    new X509Certificate(await from.issueAgent(requestBy(makeHostKey()), 'h-1')).raw;
  const issuerOf = (der: Buffer, by: Authority = authority): unknown => {
    const verified = by.verify(der);
    return 'refused' in verified ? verified.refused : verified.issuer;
  };

  it('signs by the new one at once, and knows the certificates of both until the former is retired', async () => {
    const before = await issue();
    await authority.rotate(first);
    const after = await issue();
    expect(authority.digest).not.to.equal(first);
    expect(authority.former).to.include({ digest: first, rotatedAtMs: clock.nowMs() });
    expect([issuerOf(before), issuerOf(after)]).to.deep.equal([first, authority.digest]);
    const again = await openTestAuthority(folder.path, clock);
    expect([again.digest, again.former?.digest]).to.deep.equal([authority.digest, first]);
    expect([issuerOf(before, again), issuerOf(after, again)]).to.deep.equal([first, authority.digest]);
    await authority.retire(first);
    for (const one of [authority, await openTestAuthority(folder.path, clock)]) {
      expect([one.digest, one.former]).to.deep.equal([again.digest, undefined]);
      expect([issuerOf(before, one), issuerOf(after, one)]).to.deep.equal(['foreign', again.digest]);
    }
  });

  it('happens once, however often and by how many at once it is asked for', async () => {
    await Promise.all([authority.rotate(first), authority.rotate(first), authority.rotate(first)]);
    const second = authority.digest;
    await authority.rotate(first);
    expect([authority.digest, authority.former?.digest]).to.deep.equal([second, first]);
    await expectReason(authority.rotate(second), 'rotation_under_way');
    await expectReason(authority.rotate(`sha256:${'0'.repeat(64)}`), 'authority_not_current');
    await expectReason(authority.retire(second), 'no_former_authority');
    await authority.retire(first);
    await expectReason(authority.retire(first), 'no_former_authority');
    await expectReason(authority.rotate(first), 'authority_not_current');
  });

  it('has happened or has not when it is cut short, before or after its one file takes the place of the other', async () => {
    const path = join(folder.path, 'authority.json');
    const kept = join(folder.path, 'kept.json');
    const before = await issue();
    await copyFile(path, kept);
    await authority.rotate(first);
    const after = await issue();
    // Killed before: what was written lies beside the file, and is not looked at.
    await rename(path, `${path}.tmp`);
    await copyFile(kept, path);
    const unmoved = await openTestAuthority(folder.path, clock);
    expect([unmoved.digest, unmoved.former]).to.deep.equal([first, undefined]);
    expect([issuerOf(before, unmoved), issuerOf(after, unmoved)]).to.deep.equal([first, 'foreign']);
    // And does not stand in the way of the next try.
    await unmoved.rotate(first);
    expect((await openTestAuthority(folder.path, clock)).former?.digest).to.equal(first);
  });

  it('changes nothing when it cannot be written down', async () => {
    // A folder in the place of the draft lets nobody write, whoever they are.
    const draft = join(folder.path, 'authority.json.tmp');
    await mkdir(join(draft, 'in-the-way'), { recursive: true });
    const before = await issue();
    const outcome: unknown = await authority.rotate(first).catch((error: unknown) => error);
    expect(outcome).to.be.instanceOf(Error);
    expect([authority.digest, authority.former, issuerOf(before)]).to.deep.equal([first, undefined, first]);
    await rm(draft, { recursive: true });
    await authority.rotate(first);
    expect(authority.former?.digest).to.equal(first);
  });

  it('tells a certificate that has expired only to who asks for those, too', async () => {
    const der = await issue();
    clock.advance(2 * 3_600_000);
    expect(authority.verify(der)).to.deep.equal({ refused: 'expired' });
    expect(authority.verifyExpired(der)).to.include({ hostId: 'h-1', issuer: first });
    expect(authority.verifyExpired(Buffer.from('nonsense'))).to.deep.equal({ refused: 'malformed' });
  });
});
