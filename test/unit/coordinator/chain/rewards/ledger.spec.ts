import { expect } from 'chai';
import type { RewardDay, RewardEntry } from '../../../../../common/model/reward.js';
import { dayOf, daysToTrim, withEntry } from '../../../../../coordinator/chain/rewards/days.js';
import { ledgerEntries, ledgerKey, totalsOf } from '../../../../../coordinator/chain/rewards/index.js';
import type { RewardQuery } from '../../../../../coordinator/chain/rewards/index.js';
import { valueOf } from '../../../../../coordinator/chain/rewards/value.js';

const ALL: RewardQuery = { network: undefined, netuid: undefined, hotkeys: undefined, sinceMs: 0, untilMs: Infinity };

describe('the ledger of rewards', () => {
  const unvalued = (toBlock: number): RewardEntry => ({
    ...{ fromBlock: toBlock - 10, toBlock, atMs: toBlock, basis: 'emission', earned: '5', missed: 0 },
  });
  const entry = (toBlock: number, missed = 0): RewardEntry => ({ ...unvalued(toBlock), spot: '4', out: '3', missed });
  const dayWith = (entries: readonly RewardEntry[], more: Partial<RewardDay> = {}): RewardDay => ({
    ...{ network: 'net', netuid: 3, hotkey: 'hot', coldkey: 'cold', day: '2026-05-01', entries },
    ...more,
  });

  it('joins what is too much for a day, so that sums and blocks stay what they are', () => {
    let day = dayWith([]);
    for (let block = 10; block <= 3_000; block += 10) day = withEntry(day, entry(block));
    expect(day.entries).to.have.length(200);
    const [total] = totalsOf(ledgerEntries([day], ALL));
    expect(total).to.include({ earned: 1_500n, spot: 1_200n, out: 900n, unvalued: 0n });
    expect(day.entries.at(-1)).to.include({ fromBlock: 1_990, toBlock: 3_000, earned: '505' });
    expect(withEntry(day, unvalued(3_010)).entries.at(-1)).not.to.have.property('spot');
  });

  it('lists entries by network, netuid as a number, hotkey and block, and goes on after any of them', () => {
    const days = [
      dayWith([entry(70)], { netuid: 10 }),
      dayWith([entry(50), entry(60)], { day: '2026-05-02' }),
      dayWith([entry(10), entry(20)]),
      dayWith([entry(5)], { network: 'alpha', hotkey: 'z' }),
    ];
    const listed = [...ledgerEntries(days, ALL)];
    expect(listed.map((one) => one.entry.toBlock)).to.deep.equal([5, 10, 20, 50, 60, 70]);
    for (const [place, one] of listed.entries())
      expect([...ledgerEntries(days, ALL, ledgerKey(one))]).to.deep.equal(listed.slice(place + 1));
  });

  it('has what is asked for and nothing else, and sums it for each hotkey', () => {
    const days = [dayWith([entry(10), entry(20, 2)]), dayWith([entry(15)], { hotkey: 'other' })];
    const found = (query: Partial<RewardQuery>) => totalsOf(ledgerEntries(days, { ...ALL, ...query }));
    expect(found({ hotkeys: new Set(['hot']) })).to.deep.equal([
      {
        ...{ network: 'net', netuid: 3, hotkey: 'hot', coldkey: 'cold', earned: 10n, spot: 8n, out: 6n, unvalued: 0n },
        ...{ entries: 2, missed: 2, firstAtMs: 10, lastAtMs: 20 },
      },
    ]);
    expect(found({ sinceMs: 11, untilMs: 20 }).map(({ hotkey }) => hotkey)).to.deep.equal(['other']);
    expect(found({ netuid: 4 })).to.deep.equal([]);
    expect(found({ network: 'other' })).to.deep.equal([]);
  });

  it('tells how much nobody could value', () => {
    const [total] = totalsOf(ledgerEntries([dayWith([entry(10), unvalued(20)])], ALL));
    expect(total).to.include({ earned: 10n, unvalued: 5n, spot: 4n });
  });

  it('is kept for so long, and of too many records the oldest go', () => {
    const days = ['2026-05-01', '2026-05-03', '2026-05-02'].map((day) => dayWith([], { day }));
    const nowMs = Date.UTC(2026, 4, 3);
    const trimmed = (kept: { days: number; records: number }) => daysToTrim(days, nowMs, kept).map(({ day }) => day);
    expect(dayOf(nowMs)).to.equal('2026-05-03');
    expect(trimmed({ days: 1, records: 9 })).to.deep.equal(['2026-05-01']);
    expect(trimmed({ days: 9, records: 1 })).to.deep.equal(['2026-05-02', '2026-05-01']);
  });

  it('values an amount at the price, and by what would come out of the pool', () => {
    const pool = { kind: 'pool', base: 2_000n, token: 1_000n } as const;
    expect(valueOf(10n, pool)).to.deep.equal({ spot: 20n, out: 19n });
    expect(valueOf(1_000n, pool)).to.deep.equal({ spot: 2_000n, out: 1_000n });
    expect(valueOf(0n, pool)).to.deep.equal({ spot: 0n, out: 0n });
    expect(valueOf(10n, { kind: 'par' })).to.deep.equal({ spot: 10n, out: 10n });
    expect(valueOf(10n, { kind: 'unknown' })).to.equal(undefined);
  });
});
