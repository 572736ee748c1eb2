import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { readBearer } from '../../../../common/config/index.js';
import { expectReason } from '../../../support/expect-reason.js';
import { makeTestAuthority } from '../../../support/host-joins.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { makeTempDir } from '../../../support/temp-dir.js';

const TOKEN = `0123456789.${'s'.repeat(43)}`;
const DIGEST = `sha256:${'A'.repeat(64)}`;

describe('a bearer token in a file', () => {
  let temp: AsyncDisposable & { path: string };
  beforeEach(async () => {
    temp = await makeTempDir();
  });
  afterEach(() => temp[Symbol.asyncDispose]());
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(temp.path, name), text);
    return join(temp.path, name);
  };

  it('is read as it was printed, with the digest or the authorities to trust', async () => {
    const tokenFile = await file('token', `${TOKEN}\n`);
    const trust = { digest: DIGEST.toLowerCase() };
    expect(await readBearer({ tokenFile, authority: DIGEST })).to.deep.equal({ kind: 'bearer', token: TOKEN, trust });
    const { bundle } = await makeTestAuthority(new ManualClock(Date.now()));
    const authority = await file('authorities.pem', bundle);
    expect(await readBearer({ tokenFile, authority })).to.deep.include({ trust: { authorities: Buffer.from(bundle) } });
  });

  it('is refused without a word of what is in the file', async () => {
    const secret = 'hunter2';
    const tokenFile = await file('other', secret);
    const error: unknown = await readBearer({ tokenFile, authority: DIGEST }).catch((thrown: unknown) => thrown);
    expect(error).to.have.property('reason', 'token_file_invalid');
    expect(JSON.stringify(error) + String(error)).not.to.include(secret);
    const good = await file('good', TOKEN);
    await expectReason(readBearer({ tokenFile: `${good}x`, authority: DIGEST }), 'token_file_unreadable');
    await expectReason(readBearer({ tokenFile: good, authority: tokenFile }), 'authority_unreadable');
    await expectReason(readBearer({ tokenFile: good, authority: '/nowhere' }), 'authority_unreadable');
  });
});
