import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { IDENTITY_FILES, readIdentity } from '../../../../common/config/index.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { explainCall } from '../../../../coordinator/cli/client.js';
import type { Connection } from '../../../../coordinator/cli/client.js';
import { renewIfDue, whileLocked } from '../../../../coordinator/cli/renewal.js';
import type { Authority } from '../../../../coordinator/security/authority/authority.js';
import { captureWorld } from '../../../support/captured-world.js';
import { expectReason } from '../../../support/expect-reason.js';
import { makeTestAuthority } from '../../../support/host-joins.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { makeTempDir } from '../../../support/temp-dir.js';

const DAY_MS = 86_400_000;

describe('an identity that a command calls by', () => {
  let temp: AsyncDisposable & { path: string };
  let clock: ManualClock;
  let authority: Authority;
  let folder: string;
  let asked: number;
  let shown: string[];
  let refusal: HeadframeError | undefined;
  beforeEach(async () => {
    temp = await makeTempDir();
    clock = new ManualClock(Date.now());
    authority = await makeTestAuthority(clock);
    folder = join(temp.path, 'identity');
    asked = 0;
    shown = [];
    refusal = undefined;
    await mkdir(folder);
    const made = await authority.issueIdentity({ role: 'viewer', name: 'vera' });
    for (const name of ['key', 'certificate', 'authorities'] as const)
      await writeFile(join(folder, IDENTITY_FILES[name]), made[name]);
  });
  afterEach(() => temp[Symbol.asyncDispose]());

  const serial = async (): Promise<string> =>
    new X509Certificate(await readFile(join(folder, IDENTITY_FILES.certificate))).serialNumber;
  const connection = async (): Promise<Connection> => {
    const access = {
      renewCertificate: async ({ certificateRequest }: { certificateRequest: string }) => {
        asked += 1;
        if (refusal !== undefined) throw refusal;
        const certificate = await authority.issueClient(certificateRequest, { role: 'viewer', name: 'vera' });
        return { certificate, authorities: authority.bundle };
      },
    };
    const target = { address: 'c:1', identity: folder, bearer: undefined, insecureLoopback: false, isNamed: true };
    const certificates = await readIdentity(folder);
    const server = new X509Certificate((await authority.issueServer(['c'])).certificate);
    const whoAmI = async () => {
      shown.push(await serial());
    };
    const again = () => Promise.resolve({ access: { whoAmI }, close: () => undefined });
    // What renewal uses of a connection.
    return { target, certificates, access, server: () => server, again } as unknown as Connection;
  };
  /** What people are told on stderr. */
  const renew = async (held?: Connection): Promise<string> => {
    const world = captureWorld({ clock });
    await renewIfDue(held ?? (await connection()), world);
    return world.stderr.text;
  };

  it('is renewed past two thirds of its life and not before, once for all commands that run', async () => {
    const before = await serial();
    clock.advance(19 * DAY_MS);
    await renew();
    expect([asked, await serial()]).to.deep.equal([0, before]);
    clock.advance(2 * DAY_MS);
    const [one, other] = [await connection(), await connection()];
    expect([await renew(one), await renew(other)]).to.deep.equal(['', '']);
    expect(asked).to.equal(1);
    expect(await serial()).not.to.equal(before);
    expect(await readdir(folder)).to.have.members(Object.values(IDENTITY_FILES));
    await readIdentity(folder);
  });

  it('stays as it is when it cannot be renewed, of which its last tenth is warned', async () => {
    const before = await serial();
    refusal = new HeadframeError({ code: 'unavailable', reason: 'unavailable', message: 'gone' });
    clock.advance(21 * DAY_MS);
    expect(await renew()).to.equal('');
    clock.advance(7 * DAY_MS);
    expect(await renew())
      .to.include(folder)
      .and.to.include('gone');
    expect([asked, await serial()]).to.deep.equal([2, before]);
    await readIdentity(folder);
    refusal = undefined;
    await renew();
    expect(await serial()).not.to.equal(before);
  });

  it('is left to whoever writes it now', async () => {
    clock.advance(28 * DAY_MS);
    await whileLocked(folder, async () => {
      expect(await renew()).to.equal('');
      await expectReason(
        whileLocked(folder, () => Promise.resolve()),
        'locked',
      );
    });
    expect(asked).to.equal(0);
  });

  it('moves on to another authority by which the coordinator signs, once, and shows that at once', async () => {
    const before = await serial();
    const open = await connection();
    await authority.rotate(authority.digest);
    await renew(open);
    expect([asked, await serial()], 'a connection of before').to.deep.equal([0, before]);
    const [one, other] = [await connection(), await connection()];
    expect([await renew(one), await renew(other), await renew()]).to.deep.equal(['', '', '']);
    expect(asked).to.equal(1);
    expect(await serial()).not.to.equal(before);
    expect(shown).to.deep.equal([await serial()]);
    expect((await readIdentity(folder)).authorities.toString()).to.equal(authority.bundle);
  });

  it('moves on also where it knows the new authority and is of the former one, as when a renewal was cut short', async () => {
    await authority.rotate(authority.digest);
    await writeFile(join(folder, IDENTITY_FILES.authorities), authority.bundle);
    expect([await renew(), await renew(), asked]).to.deep.equal(['', '', 1]);
  });

  it('tells when it cannot move on, but not where the next command will', async () => {
    const before = await serial();
    await authority.rotate(authority.digest);
    await whileLocked(folder, async () => {
      expect(await renew()).to.equal('');
    });
    refusal = new HeadframeError({ code: 'unavailable', reason: 'unavailable', message: 'gone' });
    expect(await renew())
      .to.include('the former authority is retired')
      .and.to.include('gone');
    expect([asked, await serial(), shown]).to.deep.equal([1, before, []]);
    refusal = undefined;
    const lost = { ...(await connection()), again: () => Promise.reject(new Error('gone')) };
    expect(await renew(lost)).to.equal('');
    expect(await serial()).not.to.equal(before);
  });

  it('is named as expired, where that is why the coordinator does not know it', async () => {
    const shown = await connection();
    const error = new HeadframeError({ code: 'unauthenticated', reason: 'unauthenticated', message: 'no' });
    expect(explainCall(error, shown, clock.nowMs()).reason).to.equal('unauthenticated');
    clock.advance(30 * DAY_MS);
    expect(explainCall(error, shown, clock.nowMs())).to.include({ reason: 'identity_expired' });
    await renew(shown);
    expect(asked).to.equal(0);
  });
});
