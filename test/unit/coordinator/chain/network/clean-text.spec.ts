import { expect } from 'chai';
import { cleanBytes, cleanText } from '../../../../../coordinator/chain/network/clean-text.js';

describe('a text from a chain', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['is left as it is when all of it is seen', 'Subnet Ω 一 🜂', 'Subnet Ω 一 🜂'],
    ['shows control characters as what they are', 'a\u001b[2Jb\r\nc\u0000', 'a\\u{1b}[2Jb\\u{d}\\u{a}c\\u{0}'],
    ['shows what would turn or hide other characters', 'ab\u202edc\u200b\u2066', 'ab\\u{202e}dc\\u{200b}\\u{2066}'],
    ['shows what is no character at all', 'a\ud800b', 'a\\u{d800}b'],
    ['is cut', 'x'.repeat(50), `${'x'.repeat(39)}…`],
  ];
  for (const [title, text, expected] of cases)
    it(title, () => {
      expect(cleanText(text, 40)).to.equal(expected);
    });

  it('is as little work when it is a megabyte', () => {
    expect(cleanBytes(Buffer.alloc(2 ** 20, 'a'), 10)).to.equal(`${'a'.repeat(9)}…`);
    expect(cleanBytes(Uint8Array.of(0x61, 0xff, 0x62), 10)).to.equal('a\ufffdb');
  });
});
