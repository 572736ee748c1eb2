import { expect } from 'chai';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FolderPlace, adoptAuthority, openAuthority } from '../../../../../coordinator/security/authority/index.js';
import type { Authority } from '../../../../../coordinator/security/authority/index.js';
import { itSharesAnAuthority } from '../../../../support/authority-place-suite.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { makeHostKey, requestBy } from '../../../../support/host-joins.js';
import { ManualClock } from '../../../../support/manual-clock.js';
import { MemoryPlace } from '../../../../support/memory-place.js';
import { makeCertificate, writeOwnAuthority } from '../../../../support/own-authority.js';
import { makeTempDir } from '../../../../support/temp-dir.js';
import { openTestAuthority, testProtector } from '../../../../support/test-authority.js';

const DAY_MS = 86_400_000;

describe('the authority of a cluster', () => {
  let place: MemoryPlace;
  let clock: ManualClock;

  beforeEach(() => {
    place = new MemoryPlace();
    clock = new ManualClock();
  });

  itSharesAnAuthority(() => Promise.resolve(place));

  it('is that of the coordinator that was alone, where it has none yet', async () => {
    await using alone = await makeTempDir();
    const before = await openTestAuthority(alone.path, clock);
    const folder = new FolderPlace(alone.path);
    await expectReason(adoptAuthority(folder, place, testProtector('other')), 'protector_wrong');
    expect(await place.read('authority')).to.equal(undefined);
    expect(await adoptAuthority(folder, place, testProtector())).to.equal(true);
    expect((await openTestAuthority(place, clock)).digest).to.equal(before.digest);
    await using another = await makeTempDir();
    await openTestAuthority(another.path, clock);
    const text = await readFile(join(another.path, 'authority.json'), 'utf8');
    expect(await adoptAuthority(new FolderPlace(another.path), place, testProtector())).to.equal(false);
    expect((await openTestAuthority(place, clock)).digest).to.equal(before.digest);
    expect(await readFile(join(another.path, 'authority.json'), 'utf8')).to.equal(text);
  });

  it("may be several of an operator's, of one root, and each coordinator trusts what the others have signed", async () => {
    await using temp = await makeTempDir();
    const fromMs = clock.nowMs() - DAY_MS;
    const root = await makeCertificate({ fromMs, name: 'root', pathLength: 1 });
    const open = async (name: string): Promise<Authority> => {
      const own = await writeOwnAuthority(temp.path, [await makeCertificate({ fromMs, name, issuer: root }), root]);
      const lives = { agentMs: DAY_MS, clientMs: DAY_MS, serverMs: DAY_MS };
      return openAuthority({ place, protector: testProtector(), clock, lives, own });
    };
    const [one, two] = [await open('one'), await open('two')];
    const byTwo = new X509Certificate(await two.issueAgent(requestBy(makeHostKey()), 'h-1')).raw;
    expect(one.verify(byTwo)).to.deep.equal({ refused: 'foreign' });
    expect(await one.refresh()).to.equal(true);
    expect(one.verify(byTwo)).to.include({ issuer: two.digest });
    // Neither puts its own before the other's by turns.
    const noted = await place.read('own-authority');
    expect([await two.refresh(), await one.refresh(), await two.refresh()]).to.deep.equal([false, false, false]);
    expect(await place.read('own-authority')).to.deep.equal(noted);
    await expectReason(openTestAuthority(place, clock), 'own_authority_missing');
  });
});
