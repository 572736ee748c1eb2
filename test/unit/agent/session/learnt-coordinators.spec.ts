import { expect } from 'chai';
import { learnCoordinators } from '../../../../agent/session/learnt-coordinators.js';

describe('What an agent learns of coordinators', () => {
  let kept: readonly string[];
  let tried: (readonly string[])[];
  let writes: number;

  beforeEach(() => {
    [kept, tried, writes] = [[], [], 0];
  });

  const learn = (...told: string[]): void => {
    const state = {
      coordinators: kept,
      setCoordinators: (addresses: readonly string[]): void => {
        writes += 1;
        kept = addresses;
      },
    };
    const route = { learn: (others: readonly string[]): number => tried.push(others) };
    learnCoordinators({ state, route, logger: { info: () => undefined } }, told);
  };

  it('is tried, and kept, but not written again while it is the same', () => {
    learn('c1.example:7700', '[2001:db8::1]:7700');
    learn('c1.example:7700', '[2001:db8::1]:7700');
    expect(kept).to.deep.equal(['c1.example:7700', '[2001:db8::1]:7700']);
    expect([tried.length, writes]).to.deep.equal([2, 1]);
    learn('c1.example:7700');
    expect([kept, writes]).to.deep.equal([['c1.example:7700'], 2]);
  });

  it('is addresses alone, and not more than may be', () => {
    learn('c1.example', 'x:0', 'a b:1', `${'x'.repeat(300)}:1`, 'c2.example:7700');
    expect(kept).to.deep.equal(['c2.example:7700']);
    learn(...Array.from({ length: 100 }, (_, at) => `c${String(at)}:1`));
    expect(kept).to.have.length(32);
  });
});
