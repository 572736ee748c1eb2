import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { judgeToken, makeToken } from '../../../../../coordinator/security/credentials/token.js';

const ASKED = {
  kind: 'enrolment',
  role: 'agent',
  name: '',
  ttlMs: 60_000,
  uses: 2,
  labels: { zone: 'a' },
  createdBy: 'anna',
} as const;
const MADE_AT = 1_000_000;

describe('tokens', () => {
  const { token, shown } = makeToken(ASKED, { nowMs: MADE_AT, random: randomBytes });
  const judge = (text: string, at = MADE_AT, record = token) =>
    judgeToken(text, (id) => (id === record.id ? record : undefined), at).state;

  it('are valid until their time is over or their uses are taken', () => {
    expect(judge(shown)).to.equal('valid');
    expect(judge(shown, MADE_AT + 59_999)).to.equal('valid');
    expect(judge(shown, MADE_AT + 60_000)).to.equal('expired');
    expect(judge(shown, MADE_AT, { ...token, usesLeft: 0 })).to.equal('spent');
    expect(judge(shown, MADE_AT + 60_000, { ...token, usesLeft: 0, revokedAtMs: 1 })).to.equal('revoked');
  });

  it('are not spent by calls when they are bearer tokens, and are named after their role when nobody names them', () => {
    const bearer = makeToken(
      { ...ASKED, kind: 'bearer', role: 'viewer', uses: 0 },
      { nowMs: MADE_AT, random: randomBytes },
    );
    expect(judge(bearer.shown, MADE_AT, bearer.token)).to.equal('valid');
    expect(bearer.token.name).to.equal(`viewer-${bearer.token.id}`);
    expect(token.name).to.equal(undefined);
  });

  it('are kept without their secret', () => {
    const secret = shown.slice(shown.indexOf('.') + 1);
    expect(Buffer.from(secret, 'base64url')).to.have.length(32);
    expect(JSON.stringify(token)).not.to.contain(secret);
  });

  it('tell nothing to whoever has not the secret, whatever their state', () => {
    const spoiled = { ...token, usesLeft: 0, revokedAtMs: 1 };
    expect(judge(`${token.id}.${'A'.repeat(43)}`, MADE_AT, spoiled)).to.equal('unknown');
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constant(shown).chain(meddled)), (text) => {
        fc.pre(text !== shown);
        expect(judge(text)).to.equal('unknown');
      }),
    );
  });
});

/** A text with one character changed, added or lost. */
function meddled(text: string): fc.Arbitrary<string> {
  return fc
    .tuple(fc.nat(text.length), fc.nat(1), fc.string({ maxLength: 1 }))
    .map(([at, lost, put]) => text.slice(0, at) + put + text.slice(at + lost));
}
