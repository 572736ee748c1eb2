import { expect } from 'chai';
import { NO_QUOTA } from '../../../../common/model/namespace.js';
import type { NamespaceQuota } from '../../../../common/model/namespace.js';
import { Account } from '../../../../coordinator/scheduler/account.js';
import { explainQuota } from '../../../../coordinator/scheduler/quotas.js';

const one = { cpuMillis: 1000, memoryBytes: 100, diskBytes: 0, gpus: 0 };
const totals = { cpuMillis: 100_000, memoryBytes: 10_000, diskBytes: 1000, gpus: 0 };

function accountOf(quota: Partial<NamespaceQuota>, held = 0): Account {
  const account = new Account('team', { ...NO_QUOTA, ...quota });
  account.charge(one, held);
  return account;
}

describe('the account of a namespace', () => {
  for (const { title, quota, held, room } of [
    { title: 'as many as asked for without limits', quota: {}, held: 500, room: 50 },
    { title: 'what the CPU limit leaves', quota: { cpuMillis: 10_500 }, held: 7, room: 3 },
    { title: 'what the scarcest limit leaves', quota: { cpuMillis: 10_000, memoryBytes: 250 }, held: 0, room: 2 },
    { title: 'what the limit of instances leaves', quota: { instances: 4 }, held: 3, room: 1 },
    { title: 'nothing beyond a lowered limit', quota: { instances: 4 }, held: 9, room: 0 },
    { title: 'all when a limit is of what it does not ask for', quota: { gpus: 0, diskBytes: 0 }, held: 9, room: 50 },
    { title: 'nothing under a limit of nothing', quota: { instances: 0 }, held: 0, room: 0 },
  ])
    it(`has room for ${title}`, () => {
      expect(accountOf(quota, held).room(one, 50)).to.equal(room);
    });

  it('sets aside what is kept for another', () => {
    const account = accountOf({ cpuMillis: 10_000 }, 2);
    expect(account.room(one, 50, { ...one, cpuMillis: 6000 })).to.equal(2);
  });

  it('gives back exactly what it counted', () => {
    const account = accountOf({ cpuMillis: 3000 }, 3);
    account.charge(one, -3);
    expect(account.used).to.deep.equal({ cpuMillis: 0, memoryBytes: 0, diskBytes: 0, gpus: 0, instances: 0 });
  });

  it('measures its share by the quota, and where there is none by the fleet', () => {
    expect(accountOf({}, 10).share(totals)).to.be.closeTo(0.1, 1e-9);
    expect(accountOf({ cpuMillis: 20_000 }, 10).share(totals)).to.be.closeTo(0.5, 1e-9);
    expect(accountOf({ cpuMillis: 900_000 }, 10).share(totals)).to.be.closeTo(0.1, 1e-9);
    expect(accountOf({ instances: 40 }, 10).share(totals)).to.be.closeTo(0.25, 1e-9);
  });

  it('tells how many copies bring it to a share, at least one', () => {
    expect(accountOf({}, 10).copiesUntil(0.3, one, totals)).to.equal(20);
    expect(accountOf({}, 50).copiesUntil(0.3, one, totals)).to.equal(1);
  });

  it('names the resource that is short, what is used and the limit', () => {
    const account = accountOf({ cpuMillis: 10_000, instances: 9 }, 9);
    expect(account.shortage(one)).to.deep.equal({ resource: 'instances', needs: 1, used: 9, limit: 9 });
    expect(explainQuota(account, one)?.reason).to.equal('quota_exceeded');
    expect(explainQuota(accountOf({}, 9), one)).to.equal(undefined);
  });

  it('copies without ties', () => {
    const account = accountOf({ instances: 5 }, 2);
    const copy = account.copy();
    copy.charge(one, 3);
    expect([account.room(one, 9), copy.room(one, 9)]).to.deep.equal([3, 0]);
  });
});
