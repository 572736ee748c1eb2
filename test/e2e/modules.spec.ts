import { join } from 'node:path';
import { expect } from 'chai';
import { GitRepository } from '../support/git-repository.js';
import { TestFleet } from '../support/programs.js';
import { makeTempDir } from '../support/temp-dir.js';

const MINER = [
  'import argparse, os',
  '',
  'parser = argparse.ArgumentParser()',
  'parser.add_argument("--netuid", type=int, required=True, help="Subnet to mine on.")',
  'parser.add_argument("--axon.port", type=int, default=8091)',
  'KEY = os.environ["MINER_API_KEY"]',
].join('\n');

describe('modules by the command line', function () {
  this.timeout(60_000);
  let temp: Awaited<ReturnType<typeof makeTempDir>>;
  let origin: GitRepository;
  let fleet: TestFleet;
  let commit: string;

  before(async () => {
    temp = await makeTempDir();
    origin = new GitRepository(join(temp.path, 'origin.git'));
    commit = origin.commit(origin.treeOf({ 'neurons/miner.py': MINER, 'requirements.txt': 'x\n' }));
    fleet = new TestFleet(join(temp.path, 'fleet'), { insecure: true, coordinator: ['--modules-file-urls', 'true'] });
    await fleet.startCoordinator();
  });
  after(async () => {
    await fleet.endPrograms();
    await temp[Symbol.asyncDispose]();
  });

  async function headframe(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await fleet.headframe(args);
    expect(code, stderr).to.equal(0);
    return stdout;
  }

  /** What the command prints of a failure for programs. */
  async function refusal(...args: string[]): Promise<{ code: number | null; reason: string }> {
    const { code, stderr } = await fleet.headframe([...args, '-o', 'json']);
    const { error } = JSON.parse(stderr) as { error: { reason: string } }; // by -o json
    return { code, reason: error.reason };
  }

  it('are added, shown with their settings and profile, refreshed, verified and removed', async () => {
    const added = await headframe('modules', 'add', 'alpha', '--git', origin.url, '--wait');
    expect(added).to.contain(commit);
    expect(await headframe('modules', 'ls')).to.match(/alpha\s+ready\s+\S+\s+[0-9a-f]{12}\s+miner/);
    const shown = await headframe('modules', 'show', 'alpha', '--role', 'miner');
    expect(shown).to.contain('python -u neurons/miner.py').and.to.contain('requirements.txt');
    expect(shown)
      .to.match(/--netuid\s+option\s+integer\s+-\s+yes/)
      .and.to.contain('neurons/miner.py:4');
    expect(shown).to.match(/MINER_API_KEY\s+-\s+yes\s+yes\s+neurons\/miner.py:6/);

    await fleet.coordinator.end('SIGKILL');
    await fleet.startCoordinator();
    const second = origin.commit(origin.treeOf({ 'neurons/miner.py': '', 'neurons/validator.py': '' }));
    expect(await headframe('modules', 'refresh', 'alpha'))
      .to.contain(second)
      .and.to.match(/role\s+validator/);
    expect(await headframe('modules', 'refresh', 'alpha', '--apply')).to.contain(second);
    expect(await headframe('modules', 'verify', 'alpha', '-o', 'json')).to.contain(second);
    await headframe('modules', 'rm', 'alpha', '--yes');
    expect(await headframe('modules', 'ls')).to.not.contain('alpha');
  });

  it('are refused with the reason, when they are added and when they are awaited', async () => {
    expect(await refusal('modules', 'add', 'beta', '--git', 'git@example.org:a/b')).to.include({
      reason: 'request_invalid',
    });
    const gone = await refusal('modules', 'add', 'beta', '--git', `${origin.url}-gone`, '--wait');
    expect(gone.reason).to.equal('module_origin_refused');
    expect(await refusal('modules', 'show', 'beta', '--role', 'miner')).to.include({ reason: 'module_not_ready' });
    expect(await refusal('modules', 'show', 'gamma')).to.include({ reason: 'module_not_found' });
  });
});
