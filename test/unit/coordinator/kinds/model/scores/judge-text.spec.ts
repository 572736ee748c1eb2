import { expect } from 'chai';
import { judgeText } from '../../../../../../coordinator/kinds/model/scores/judge-text.js';

describe('judgeText', () => {
  const numeric: readonly (readonly [string, string, number])[] = [
    ['4', '4', 1],
    ['4', 'The answer is 4.', 1],
    ['4', '2 + 2 = 4', 1],
    ['4', '4.0', 1],
    ['4', '**4**', 1],
    ['4', '4, of course: 4', 1],
    ['1234', '1,234', 1],
    ['-3', 'It is −3', 1],
    ['0.5', '5e-1', 1],
    // The original gave this all points.
    ['4', '14 4 5 6', 0],
    ['4', '14', 0],
    ['4', '1 2 3 4 5 6 7 8 9', 0],
    ['4', '4 or 5', 0],
    ['4', '2 + 2 = 4 = 5', 0],
    ['4', '-4', 0],
    ['4', 'four', 0],
    ['4', '', 0],
    ['4', 'v4', 0],
    ['four', 'four', 0],
  ];
  for (const [truth, answer, quality] of numeric)
    it(`gives ${String(quality)} to "${answer}" where the number ${truth} is wanted`, () => {
      expect(judgeText('numeric', truth, answer)).to.equal(quality);
    });

  it('wants exactly the text, but for case, quotes, spaces and a point at its end', () => {
    for (const answer of ['Kemavotu', ' "kemavotu". ', '**kemavotu**', 'ｋemavotu', 'kemavotu!'])
      expect(judgeText('exact', 'kemavotu', answer), answer).to.equal(1);
    for (const answer of ['', 'the word is kemavotu', 'kemavotu kemavotu', 'kema votu', 'kemavotu lopaduri'])
      expect(judgeText('exact', 'kemavotu', answer), answer).to.equal(0);
  });

  it('counts words that are too many as much as those that are missing', () => {
    expect(judgeText('words', 'Paris', 'paris!')).to.equal(1);
    expect(judgeText('words', 'the red fox', 'a red dog')).to.be.closeTo(1 / 3, 1e-12);
    expect(judgeText('words', '4', '14 4 5 6')).to.equal(0.4);
    expect(
      judgeText('words', 'Paris', `Paris ${Array.from({ length: 99 }, (_, at) => `w${String(at)}`).join(' ')}`),
    ).to.be.below(0.02);
    expect(judgeText('words', 'Paris', '')).to.equal(0);
    expect(judgeText('words', '', '')).to.equal(0);
  });
});
