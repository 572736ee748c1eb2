import { expect } from 'chai';
import { jsonOf, openCliFixture } from '../../../support/cli-fixture.js';
import type { CliFixture, CliRun } from '../../../support/cli-fixture.js';
import { SSH_KEYS } from '../../../support/ssh-keys.js';

interface Shown {
  readonly fingerprint: string;
  readonly leases?: readonly string[];
  readonly leaseCount?: number;
}

describe('headframe authority ssh', () => {
  let fixture: CliFixture;
  before(async () => {
    fixture = await openCliFixture();
  });
  after(() => fixture.close());

  const authority = async (...argv: readonly string[]) => {
    const run = await succeeded(['authority', 'ssh', ...argv, '-o', 'json']);
    // The shape that the contract gives.
    return jsonOf(run) as unknown as { readonly current: Shown; readonly former?: readonly Shown[] };
  };
  const succeeded = async (argv: readonly string[]): Promise<CliRun> => {
    const run = await fixture.run(argv);
    expect(run.code, run.stderr).to.equal(0);
    return run;
  };
  const rent = async (id: string): Promise<void> => {
    const key = await fixture.manifest('renter.pub', `${SSH_KEYS.ed25519.line}\n`);
    await succeeded(['lease', 'create', '--id', id, '--image', 'ubuntu:24.04', '--term', '1h', '--key', key]);
  };

  it('has new leases trust a new key, and keeps the former one until the last of its leases is released', async () => {
    await rent('old');
    const before = await authority('show');
    expect(before.current).to.deep.include({ leases: ['old'], leaseCount: 1 });
    const after = await authority('rotate', '--yes');
    expect(after.current.fingerprint).not.to.equal(before.current.fingerprint);
    expect(after.former?.map(({ fingerprint, leases }) => [fingerprint, leases])).to.deep.equal([
      [before.current.fingerprint, ['old']],
    ]);
    await rent('new');
    expect((await authority('show')).current.leases).to.deep.equal(['new']);
    const table = await succeeded(['authority', 'ssh', 'show']);
    expect(table.stdout).to.contain(before.current.fingerprint).and.to.contain(after.current.fingerprint);
    await succeeded(['lease', 'release', 'old', '--yes', '--wait']);
    // The next rotation forgets at once what the loop would within half a minute.
    const last = await authority('rotate', '--yes');
    expect(last.former?.map(({ fingerprint }) => fingerprint)).to.deep.equal([after.current.fingerprint]);
    const { stdout } = await succeeded(['events', '-o', 'json']);
    expect(stdout).to.contain('ssh_authority_rotated').and.to.contain('ssh_authority_forgotten');
  });

  it('asks before it replaces a key', async () => {
    const { current } = await authority('show');
    const asked = await fixture.run(['authority', 'ssh', 'rotate']);
    expect(asked.code).not.to.equal(0);
    expect((await authority('show')).current.fingerprint).to.equal(current.fingerprint);
  });
});
