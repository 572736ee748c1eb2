import { expect } from 'chai';
import { IdentityFolder } from '../../../../agent/identity/identity-folder.js';
import { coordinatorOf, openIdentity } from '../../../../agent/identity/index.js';
import { expectReason } from '../../../support/expect-reason.js';
import { makeTestAuthority, requestBy } from '../../../support/host-joins.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { makeTempDir } from '../../../support/temp-dir.js';

const USUAL = { coordinator: undefined, security: { mode: 'tls' as const } };
const IN_CLEAR = { security: { mode: 'plaintext' as const } };

describe('whom an agent calls, and how', () => {
  let temp: AsyncDisposable & { path: string };
  beforeEach(async () => {
    temp = await makeTempDir();
  });
  afterEach(() => temp[Symbol.asyncDispose]());

  async function join(): Promise<void> {
    const folder = new IdentityFolder(temp.path);
    const authority = await makeTestAuthority(new ManualClock(Date.now()));
    const certificate = await authority.issueAgent(requestBy(await folder.nextKey()), 'host-1');
    await folder.keep({ certificate, authorities: authority.bundle }, 'joined.example:7700');
  }

  it('is a coordinator on this machine, and one that has to be joined unless it speaks in clear', async () => {
    const settings = { ...USUAL, dataDir: temp.path };
    expect(await coordinatorOf(settings)).to.equal('127.0.0.1:7700');
    await expectReason(openIdentity(settings), 'not_joined');
    expect(await openIdentity({ ...settings, ...IN_CLEAR })).to.equal(undefined);
  });

  it('is never another machine in clear', async () => {
    const settings = { ...IN_CLEAR, dataDir: temp.path };
    await expectReason(openIdentity({ ...settings, coordinator: 'other.example:7700' }), 'plaintext_refused');
    await join();
    await expectReason(openIdentity({ ...settings, coordinator: undefined }), 'plaintext_refused');
  });

  it('is the one that was joined, by its certificate, unless told otherwise', async () => {
    await join();
    const settings = { ...USUAL, dataDir: temp.path };
    expect(await coordinatorOf(settings)).to.equal('joined.example:7700');
    expect(await coordinatorOf({ ...settings, coordinator: 'other.example:1' })).to.equal('other.example:1');
    expect(await openIdentity(settings)).not.to.equal(undefined);
    expect(await openIdentity({ ...settings, ...IN_CLEAR, coordinator: '127.0.0.1:1' })).to.equal(undefined);
  });
});
