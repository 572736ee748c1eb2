import { cp, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { describeWithDocker } from '../support/docker.js';
import { manifestOf } from '../support/manifest.js';
import { TestFleet } from '../support/programs.js';
import { runHeadframe } from '../support/program.js';
import type { CommandResult } from '../support/program.js';
import { makeTempDir } from '../support/temp-dir.js';
import { waitFor } from '../support/wait-for.js';

describeWithDocker('hosts that join by the line that is printed', function () {
  this.timeout(60_000);
  let temp: AsyncDisposable & { path: string };
  let fleet: TestFleet;

  before(async () => {
    temp = await makeTempDir();
    fleet = new TestFleet(temp.path, { coordinator: ['--heartbeat-period', '1s'] });
    await fleet.startCoordinator();
  });
  after(async () => {
    await fleet.close().finally(() => temp[Symbol.asyncDispose]());
  });

  const admin = (...args: readonly string[]): Promise<CommandResult> => fleet.headframe(args);

  /** The words after `headframe` of the line that is printed. */
  async function printedLine(...options: readonly string[]): Promise<string[]> {
    const { stdout, stderr } = await admin('token', 'create', '--role', 'agent', ...options);
    expect(stdout.trim().split('\n'), stderr).to.have.length(1);
    const [program, ...words] = stdout.trim().split(' ');
    expect(program).to.equal('headframe');
    return words;
  }

  const runLine = (line: readonly string[], name: string, ...more: readonly string[]): Promise<CommandResult> =>
    runHeadframe([...line, '--data-dir', fleet.agentFolder(name), '--host-id', fleet.hostId(name), ...more], {
      env: {},
      input: '',
    });

  async function expectRefused(line: readonly string[], name: string, words: RegExp): Promise<void> {
    const { code, stderr } = await runLine(line, name);
    expect(code).not.to.equal(0);
    expect(stderr).to.match(words);
    expect(stderr).not.to.contain(line[line.indexOf('--token') + 1]?.slice(11));
  }

  const hosts = async () => (await fleet.hosts.listHosts({})).hosts;

  it('are proven both ways, and run what they are given', async () => {
    const line = await printedLine('--uses', '2', '--ttl', '10m', '--labels', 'zone=a,rack=1');
    for (const name of ['alpha', 'beta']) {
      const { code, stderr } = await runLine(line, name);
      expect(code, stderr).to.equal(0);
      const key = await stat(join(fleet.agentFolder(name), 'identity/key.pem'));
      expect(key.mode & 0o777).to.equal(0o400);
      await fleet.startAgent(name);
    }
    await fleet.hostsReady(2);
    for (const { labels } of await hosts()) expect(labels).to.include({ zone: 'a', rack: '1' });
    const manifest = manifestOf({ name: 'joined', replicas: 2, strategy: 'spread' });
    const applied = await fleet.headframe(['apply', '-f', '-', '--wait'], manifest);
    expect(applied.code, applied.stderr).to.equal(0);
    // The last use is taken, and was not taken by asking twice.
    await expectRefused(line, 'gamma', /all uses/);
  });

  it('are told what is wrong with a token or a line', async () => {
    const line = await printedLine('--uses', '5');
    const at = line.indexOf('--token') + 1;
    const typo = line.with(at, `${String(line[at]).slice(0, -2)}AA`);
    await expectRefused(typo, 'delta', /no such token/);
    const digest = `sha256:${'0'.repeat(64)}`;
    await expectRefused(line.with(line.length - 1, digest), 'delta', /another coordinator/);
    await admin('token', 'revoke', String(line[at]).slice(0, 10));
    await expectRefused(line, 'delta', /was revoked/);
  });

  it('cannot speak for another host by a stolen certificate, nor give orders', async () => {
    await cp(join(fleet.agentFolder('alpha'), 'identity'), join(fleet.agentFolder('thief'), 'identity'), {
      recursive: true,
    });
    await fleet.startAgent('thief');
    await waitFor('the thief to be refused', async () => /host_mismatch/.test(await fleet.log('thief')));
    await fleet.agent('thief').end('SIGTERM');
    expect((await hosts()).map(({ id }) => id)).to.have.members([fleet.hostId('alpha'), fleet.hostId('beta')]);
    const env = { HEADFRAME_ADDRESS: fleet.address, HEADFRAME_IDENTITY: join(fleet.agentFolder('alpha'), 'identity') };
    expect((await runHeadframe(['token', 'ls'], { env, input: '' })).code).not.to.equal(0);
  });

  it('are cut off when they are removed, and come back by a new token alone', async () => {
    const removed = await admin('hosts', 'rm', fleet.hostId('beta'), '--force', '--yes');
    expect(removed.code, removed.stderr).to.equal(0);
    await waitFor('the agent to be refused', async () => /"unauthenticated"/.test(await fleet.log('beta')));
    expect((await hosts()).map(({ id }) => id)).to.deep.equal([fleet.hostId('alpha')]);
    await fleet.agent('beta').end('SIGTERM');
    const again = await runLine(await printedLine(), 'beta', '--again');
    expect(again.code, again.stderr).to.equal(0);
    await fleet.startAgent('beta');
    await fleet.hostsReady(2);
  });
});
