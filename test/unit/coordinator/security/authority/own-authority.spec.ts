import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KeyUsageFlags } from '@peculiar/x509';
import { expect } from 'chai';
import { FolderPlace, openAuthority } from '../../../../../coordinator/security/authority/index.js';
import type { Authority } from '../../../../../coordinator/security/authority/index.js';
import type { OwnAuthorityFiles } from '../../../../../coordinator/security/authority/own-authority.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { makeHostKey, requestBy } from '../../../../support/host-joins.js';
import { ManualClock } from '../../../../support/manual-clock.js';
import { makeCertificate, writeOwnAuthority } from '../../../../support/own-authority.js';
import type { TestCertificate, TestCertificateParts } from '../../../../support/own-authority.js';
import { makeTempDir } from '../../../../support/temp-dir.js';
import { openTestAuthority, testProtector } from '../../../../support/test-authority.js';

const DAY_MS = 86_400_000;

describe("an operator's own authority", () => {
  let clock: ManualClock;
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  let root: TestCertificate;
  let fleet: TestCertificate;

  beforeEach(async () => {
    clock = new ManualClock();
    folder = await makeTempDir();
    root = await make({ name: 'root', pathLength: 1 });
    fleet = await make({ name: 'fleet', issuer: root, pathLength: 0 });
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  const make = (parts: Omit<TestCertificateParts, 'fromMs'>): Promise<TestCertificate> =>
    makeCertificate({ fromMs: clock.nowMs() - DAY_MS, ...parts });
  const open = (own: OwnAuthorityFiles): Promise<Authority> => {
    const lives = { agentMs: DAY_MS, clientMs: DAY_MS, serverMs: DAY_MS };
    return openAuthority({ place: new FolderPlace(folder.path), protector: testProtector(), clock, lives, own });
  };
  const write = (...chain: readonly TestCertificate[]) => writeOwnAuthority(folder.path, chain);
  const hostBy = async (authority: Authority): Promise<Buffer> =>
    new X509Certificate(await authority.issueAgent(requestBy(makeHostKey()), 'h-1')).raw;

  it('signs, and is shown and trusted with all that leads to its root', async () => {
    const authority = await open(await write(fleet, root));
    expect(authority.verify(await hostBy(authority))).to.include({ hostId: 'h-1', issuer: authority.digest });
    expect(authority.bundle.match(/BEGIN CERTIFICATE/g)).to.have.length(2);
    const { certificate } = await authority.issueServer(['localhost']);
    expect(certificate.toString().match(/BEGIN CERTIFICATE/g)).to.have.length(3);
    await expectReason(authority.rotate(authority.digest), 'authority_is_own');
  });

  it('is refused, with what is wrong with it, where nobody would believe it', async () => {
    const refused = async (reason: string, chain: readonly TestCertificate[], key?: string): Promise<void> => {
      const error = await expectReason(
        open(await writeOwnAuthority(folder.path, chain, key)),
        `own_authority_${reason}`,
      );
      expect(error.remedy).not.to.equal(undefined);
    };
    const large = await make({ name: 'large', issuer: root, curve: 'P-384' });
    const short = await make({ name: 'short', pathLength: 0 });
    await refused('key_mismatch', [fleet, root], root.key);
    await refused('key_mismatch', [root, fleet], fleet.key);
    await refused('algorithm', [large, root]);
    await refused('no_authority', [await make({ name: 'leaf', issuer: root, ca: false }), root]);
    await refused('no_authority', [
      await make({ name: 'u', issuer: root, usages: KeyUsageFlags.digitalSignature }),
      root,
    ]);
    await refused('no_authority', [await make({ name: 'p', issuer: root, purposes: ['1.3.6.1.5.5.7.3.2'] }), root]);
    await refused('path_length', [await make({ name: 'deep', issuer: short }), short]);
    await refused('chain', [fleet]);
    await refused('chain', [fleet, await make({ name: 'root' })]);
    await refused('malformed', [], fleet.key);
    await refused('malformed', [fleet, root], 'nonsense');
    await refused('expired', [await make({ name: 'old', issuer: root, days: 1 / 2 }), root]);
    const young = await makeCertificate({ name: 'young', issuer: root, fromMs: clock.nowMs() + DAY_MS });
    await refused('not_yet_valid', [young, root]);
    const nowhere = { certificateFile: join(folder.path, 'none'), keyFile: join(folder.path, 'none') };
    await expectReason(open(nowhere), 'own_authority_unreadable');
  });

  it('is replaced by another of the same root, while what it has signed stays good until it expires', async () => {
    const before = await open(await write(fleet, root));
    const der = await hostBy(before);
    const after = await open(await write(await make({ name: 'next', issuer: root }), root));
    expect(after.digest).not.to.equal(before.digest);
    expect(after.verify(der)).to.include({ hostId: 'h-1', issuer: before.digest });
    // Noted, so that it is so after every start.
    const again = await open({
      certificateFile: join(folder.path, 'authority.pem'),
      keyFile: join(folder.path, 'authority-key.pem'),
    });
    expect(again.verify(der)).to.include({ hostId: 'h-1' });
  });

  it('takes the place of no other that the hosts trust, nor gives its own up, without being told to', async () => {
    const files = await write(fleet, root);
    await open(files);
    await expectReason(openTestAuthority(folder.path, clock), 'own_authority_missing');
    const other = await make({ name: 'other root' });
    await expectReason(open(await write(await make({ name: 'x', issuer: other }), other)), 'own_authority_other_root');
    await writeFile(join(folder.path, 'own-authority.json'), '{}');
    await expectReason(open(await write(fleet, root)), 'authority_damaged');
    await using made = await makeTempDir();
    await openTestAuthority(made.path, clock);
    const lives = { agentMs: DAY_MS, clientMs: DAY_MS, serverMs: DAY_MS };
    const replaced = openAuthority({
      place: new FolderPlace(made.path),
      protector: testProtector(),
      clock,
      lives,
      own: files,
    });
    await expectReason(replaced, 'own_authority_replaces');
  });
});
