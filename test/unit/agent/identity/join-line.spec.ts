import { expect } from 'chai';
import { checkedJoinLine, parseJoinLine } from '../../../../agent/identity/index.js';
import { expectReason } from '../../../support/expect-reason.js';

const TOKEN = 'abcd.efgh';
const AUTHORITY = `sha256:${'0a'.repeat(32)}`;

describe('the line by which a host joins', () => {
  it('is read whole, from its first flag on, and in any order', () => {
    const expected = { coordinator: 'c.example:7700', token: TOKEN, authority: AUTHORITY };
    const flags = `--coordinator c.example:7700 --token ${TOKEN} --authority ${AUTHORITY}`;
    expect(parseJoinLine(`headframe agent join ${flags}\n`)).to.deep.equal(expected);
    expect(parseJoinLine(flags)).to.deep.equal(expected);
    const turned = `--authority=${AUTHORITY.toUpperCase().replace('SHA256', 'sha256')} --token=${TOKEN}`;
    expect(parseJoinLine(turned)).to.deep.equal({ ...expected, coordinator: undefined });
  });

  it('is refused where a part is missing or cut off, without a word of what it holds', async () => {
    const cut = AUTHORITY.slice(0, -1);
    for (const text of ['', `--token ${TOKEN}`, `--authority ${AUTHORITY}`, `--token ${TOKEN} --authority ${cut}`]) {
      const error = await expectReason(
        Promise.resolve().then(() => parseJoinLine(text)),
        'join_line_invalid',
      );
      expect(JSON.stringify([error.message, error.remedy])).to.not.include('efgh');
    }
    await expectReason(
      Promise.resolve().then(() => checkedJoinLine({ token: 'no-dot', authority: AUTHORITY })),
      'join_line_invalid',
    );
  });
});
