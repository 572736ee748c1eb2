import { X509Certificate, createPublicKey } from 'node:crypto';
import { readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { IdentityFolder } from '../../../../agent/identity/identity-folder.js';
import type { Given } from '../../../../common/enrolment/index.js';
import { expectReason } from '../../../support/expect-reason.js';
import { makeTestAuthority, requestBy } from '../../../support/host-joins.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { makeTempDir } from '../../../support/temp-dir.js';

describe('the identity of a host on disk', () => {
  let temp: AsyncDisposable & { path: string };
  let folder: IdentityFolder;
  beforeEach(async () => {
    temp = await makeTempDir();
    folder = new IdentityFolder(temp.path);
  });
  afterEach(() => temp[Symbol.asyncDispose]());

  const path = (name: string): string => join(temp.path, 'identity', name);
  async function given(): Promise<Given> {
    const authority = await makeTestAuthority(new ManualClock(Date.now()));
    const request = requestBy(await folder.nextKey());
    return { certificate: await authority.issueAgent(request, 'host-1'), authorities: authority.bundle };
  }
  async function expectFit(): Promise<Buffer> {
    const held = await folder.load();
    if (held === undefined) throw new Error('nothing is held');
    const certified = new X509Certificate(held.certificate).publicKey.export({ type: 'spki', format: 'der' });
    expect(createPublicKey(held.key).export({ type: 'spki', format: 'der' }).equals(certified)).to.equal(true);
    return held.key;
  }

  it('is none before the host has joined, though a key was made', async () => {
    expect(await folder.load()).to.equal(undefined);
    await folder.nextKey();
    expect(await folder.load()).to.equal(undefined);
  });

  it('keeps the key of an attempt that was cut short', async () => {
    const first = await folder.nextKey();
    expect((await new IdentityFolder(temp.path).nextKey()).equals(first)).to.equal(true);
  });

  it('holds a key that only its owner reads, and a new one after a renewal', async () => {
    await folder.keep(await given(), 'coordinator.example:7700');
    const first = await expectFit();
    expect((await stat(path('key.pem'))).mode & 0o777).to.equal(0o400);
    expect(await folder.coordinator()).to.equal('coordinator.example:7700');
    await folder.keep(await given());
    expect((await expectFit()).equals(first)).to.equal(false);
    expect(await readdir(path(''))).to.have.members(['key.pem', 'certificate.pem', 'authorities.pem', 'coordinator']);
  });

  it('takes the new key after a crash between certificate and key', async () => {
    await folder.keep(await given(), 'c:1');
    const before = await expectFit();
    const next = await given();
    await writeFile(path('certificate.pem'), next.certificate);
    expect((await expectFit()).equals(before)).to.equal(false);
    expect(await readdir(path(''))).not.to.include('next-key.pem');
  });

  it('goes on with the old key after a crash before the new certificate', async () => {
    await folder.keep(await given(), 'c:1');
    const before = await expectFit();
    await given();
    expect((await expectFit()).equals(before)).to.equal(true);
  });

  it('is damaged when no key fits, and says so', async () => {
    await folder.keep(await given(), 'c:1');
    await rename(path('key.pem'), path('elsewhere'));
    await expectReason(folder.load(), 'identity_damaged');
    await rm(path('elsewhere'));
  });
});
