import { expect } from 'chai';
import { BriefAnswers } from '../../../../coordinator/api/brief-answers.js';
import { ManualClock } from '../../../support/manual-clock.js';

describe('BriefAnswers', () => {
  let clock: ManualClock;
  let answers: BriefAnswers<number>;
  let made: number;
  const make = (): number => (made += 1);

  beforeEach(() => {
    clock = new ManualClock();
    answers = new BriefAnswers(clock, 200);
    made = 0;
  });

  it('are made once for all who ask the same within a time', () => {
    expect([answers.of('a', make), answers.of('a', make)]).to.deep.equal([1, 1]);
    clock.advance(199);
    expect(answers.of('a', make)).to.equal(1);
    clock.advance(1);
    expect(answers.of('a', make)).to.equal(2);
  });

  it('are apart by what is asked', () => {
    expect(['a', 'b', 'a'].map((key) => answers.of(key, make))).to.deep.equal([1, 2, 1]);
  });

  it('are made anew for those who ask for more sorts than are kept', () => {
    for (let key = 0; key < 1_000; key += 1) answers.of(String(key), make);
    expect([answers.of('999', make), answers.of('0', make)]).to.deep.equal([1_001, 1]);
    clock.advance(200);
    expect([answers.of('999', make), answers.of('999', make)]).to.deep.equal([1_002, 1_002]);
  });

  it('are not kept where they could not be made', () => {
    const fail = (): never => {
      throw new Error('too much');
    };
    expect(() => answers.of('a', fail)).to.throw('too much');
    expect(answers.of('a', make)).to.equal(1);
  });
});
