import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { joinRequestOf } from '../../../../agent/commands/join-flags.js';
import { expectReason } from '../../../support/expect-reason.js';
import { makeTempDir } from '../../../support/temp-dir.js';

const TOKEN = 'abcd.efgh';
const AUTHORITY = `sha256:${'0a'.repeat(32)}`;
const LINE = `headframe agent join --coordinator c:7700 --token ${TOKEN} --authority ${AUTHORITY}`;

describe('how a host is to join by its flags', () => {
  it('is not at all without any of them', () => {
    expect(joinRequestOf({ hostId: 'h' })).to.equal(undefined);
  });

  it('is the same by flags, by a line and by a file with either', async () => {
    await using temp = await makeTempDir();
    const [token, line] = [join(temp.path, 'token'), join(temp.path, 'line')];
    await Promise.all([writeFile(token, `${TOKEN}\n`), writeFile(line, `${LINE}\n`)]);
    const byFlags = { coordinator: undefined, token: TOKEN, authority: AUTHORITY, again: false };
    const byLine = { ...byFlags, coordinator: 'c:7700' };
    expect(joinRequestOf({ token: TOKEN, authority: AUTHORITY })).to.deep.equal(byFlags);
    expect(joinRequestOf({ tokenFile: token, authority: AUTHORITY })).to.deep.equal(byFlags);
    expect(joinRequestOf({ join: LINE })).to.deep.equal(byLine);
    expect(joinRequestOf({ tokenFile: line, again: true })).to.deep.equal({ ...byLine, again: true });
  });

  it('is refused with half of them, or a file that is not there', async () => {
    const half = (flags: Record<string, string | true>) => Promise.resolve().then(() => joinRequestOf(flags));
    await expectReason(half({ token: TOKEN }), 'join_line_invalid');
    await expectReason(half({ authority: AUTHORITY }), 'join_line_invalid');
    await expectReason(half({ join: true }), 'join_line_invalid');
    await expectReason(half({ tokenFile: '/nowhere/token', authority: AUTHORITY }), 'token_unreadable');
  });
});
