import { expect } from 'chai';
import { X509Certificate } from 'node:crypto';
import type { Authority, AuthorityPlace } from '../../coordinator/security/authority/index.js';
import { expectReason } from './expect-reason.js';
import { makeHostKey, requestBy } from './host-joins.js';
import { ManualClock } from './manual-clock.js';
import { openTestAuthority, testProtector } from './test-authority.js';

/** What every place does for the authority of several coordinators; each call of `open` gives one more way to the same place. */
export function itSharesAnAuthority(open: () => Promise<AuthorityPlace>): void {
  const clock = new ManualClock();
  const openTwo = async (): Promise<[Authority, Authority]> => {
    const [one, two] = [await open(), await open()];
    return Promise.all([openTestAuthority(one, clock), openTestAuthority(two, clock)]);
  };
  const hostBy = async (authority: Authority): Promise<Buffer> =>
    new X509Certificate(await authority.issueAgent(requestBy(makeHostKey()), 'h-1')).raw;

  it('makes one authority, though coordinators start at once', async () => {
    const [one, two] = await openTwo();
    expect(two.digest).to.equal(one.digest);
    expect(two.verify(await hostBy(one))).to.include({ hostId: 'h-1', issuer: one.digest });
    expect(one.verify(await hostBy(two))).to.include({ hostId: 'h-1', issuer: one.digest });
  });

  it('keeps no key in clear, and gives it to no coordinator with another protector, which is told what to do', async () => {
    await openTestAuthority(await open(), clock);
    expect((await (await open()).read('authority'))?.text).not.to.include('PRIVATE KEY');
    const refused = await expectReason(
      openTestAuthority(await open(), clock, testProtector('other')),
      'protector_wrong',
    );
    expect(refused.remedy).to.include('every coordinator of the cluster');
  });

  it('hands a rotation on to the others, and its end', async () => {
    const [one, two] = await openTwo();
    const former = one.digest;
    const before = await hostBy(one);
    await one.rotate(former);
    expect([await two.refresh(), two.digest, two.former?.digest]).to.deep.equal([true, one.digest, former]);
    expect(await two.refresh()).to.equal(false);
    expect(two.verify(await hostBy(one))).to.include({ issuer: one.digest });
    expect(two.verify(before)).to.include({ issuer: former });
    await one.retire(former);
    expect([await two.refresh(), two.former]).to.deep.equal([true, undefined]);
    expect(two.verify(before)).to.deep.equal({ refused: 'foreign' });
  });

  it('lets nobody replace what another has replaced already', async () => {
    const [one, two] = await openTwo();
    await one.rotate(one.digest);
    await expectReason(two.rotate(two.digest), 'authority_changed');
    expect(await two.refresh()).to.equal(true);
    const former = one.former?.digest ?? '';
    await two.retire(former);
    await two.rotate(two.digest);
    await expectReason(one.retire(former), 'authority_changed');
    expect([await one.refresh(), one.digest, one.former]).to.deep.equal([true, two.digest, two.former]);
  });

  it('tells of what others replace, until it is asked to end', async () => {
    const [place, other] = [await open(), await open()];
    const over = new AbortController();
    let told = 0;
    const wakes: (() => void)[] = [];
    const isTold = (times: number): Promise<void> =>
      new Promise((resolve) => {
        if (told >= times) resolve();
        else wakes.push(resolve);
      });
    const watching = place.shared?.watch(() => {
      told += 1;
      for (const wake of wakes.splice(0)) wake();
    }, over.signal);
    const revision = await other.replace('own-authority', 'one', 0);
    await isTold(1);
    expect((await place.read('own-authority'))?.text).to.equal('one');
    const before = told;
    expect(await place.replace('own-authority', 'late', 0)).to.equal(undefined);
    await other.replace('own-authority', 'two', revision ?? 0);
    await isTold(before + 1);
    expect((await place.read('own-authority'))?.text).to.equal('two');
    over.abort();
    await watching;
  });
}
