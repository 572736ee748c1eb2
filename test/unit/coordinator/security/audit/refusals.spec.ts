import { expect } from 'chai';
import { NO_CREDENTIAL } from '../../../../../common/model/caller.js';
import { CONNECTION } from '../../../../../coordinator/security/audit/index.js';
import { Refusals } from '../../../../../coordinator/security/audit/refusals.js';
import { sampleFacts } from '../../../../support/audit-samples.js';

const MINUTE_MS = 60_000;

describe('the refusals of a moment', () => {
  const stranger = sampleFacts({ role: 'stranger', credential: '', outcome: 'unauthenticated', reason: 'expired' });
  const connection = { ...stranger, method: CONNECTION, reason: 'ERR_SSL_HTTP_REQUEST' };
  const known = sampleFacts({ role: 'agent', outcome: 'permission_denied', reason: 'role' });

  it('are recorded one by one up to ten a minute of each crowd: those who knock hide nobody who is known', () => {
    const refusals = new Refusals();
    const recorded = [connection, stranger, known].map((facts) => {
      for (let call = 0; call < 9; call++) refusals.take(facts, 0);
      return [refusals.take(facts, 1).length, refusals.take(facts, 2).length];
    });
    expect(recorded).to.deep.equal([1, 1, 1].map((tenth) => [tenth, 0]));
    expect(refusals.take({ ...known, role: 'agent', credential: NO_CREDENTIAL }, 3)).to.deep.equal([]);
    expect(refusals.take(known, MINUTE_MS).map(({ count, method }) => [count, method])).to.deep.equal([
      [1, CONNECTION],
      [1, ''],
      [1, ''],
      [1, ''],
      [1, known.method],
    ]);
  });

  it('are counted apart by their reasons, up to so many of which none is told under a wrong name', () => {
    const refusals = new Refusals();
    for (let call = 0; call < 10; call++) refusals.take(stranger, 0);
    for (let twice = 0; twice < 2; twice++)
      for (let kind = 0; kind < 60; kind++) refusals.take({ ...stranger, reason: `r${String(kind)}` }, 0);
    const counted = refusals.flush();
    expect(
      counted.filter(({ reason }) => reason !== 'other').map(({ reason, count }) => [reason, count]),
    ).to.deep.equal(Array.from({ length: 48 }, (_, kind) => [`r${String(kind)}`, 2]));
    expect(counted.at(-1)).to.include({ reason: 'other', count: 24, role: 'stranger', outcome: 'unauthenticated' });
  });
});
