import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Installer } from '../../../../../coordinator/providers/ssh/installer.js';
import type { InstallTerms } from '../../../../../coordinator/providers/ssh/installer.js';
import { INSTALL, LOOK, REMOVE, withValues } from '../../../../../coordinator/providers/ssh/scripts.js';
import type { SshOutcome, SshRun } from '../../../../../coordinator/providers/ssh/ssh-client.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { openFleetFixture } from '../../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../../support/fleet-fixture.js';
import { sampleHost } from '../../../../support/fleet-samples.js';
import { sampleMachine } from '../../../../support/machine-samples.js';
import { makeTempDir } from '../../../../support/temp-dir.js';
import { waitFor } from '../../../../support/wait-for.js';

const GOOD: SshOutcome = { code: 0, stdout: '', stderr: '', isTooSlow: false };
const AWAY: SshOutcome = { ...GOOD, code: 255, stderr: 'ssh: connect to host h port 22: Connection refused' };
const TARGET = {
  ...{ host: 'h', port: 22, user: 'ubuntu', keyFile: '/k', knownHostsFile: '/n', alias: 'a', trustFirst: false },
};
const MACHINE = sampleMachine({ id: 'vm-1', provider: 'ssh', state: 'allocating', hostId: '' });

describe('Installer', () => {
  let temp: AsyncDisposable & { path: string };
  let at: FleetFixture;
  let runs: SshRun[];
  let told: string[];
  let revoked: string[];
  let answer: (run: SshRun, nth: number) => SshOutcome;
  let stop: AbortController;

  beforeEach(async () => {
    temp = await makeTempDir();
    at = await openFleetFixture();
    [runs, told, revoked] = [[], [], []];
    stop = new AbortController();
    answer = () => GOOD;
    await writeFile(join(temp.path, 'package'), 'package');
    await writeFile(join(temp.path, 'prepare'), 'apt-get install docker.io\n');
  });
  afterEach(() => temp[Symbol.asyncDispose]());

  const install = (patch: Partial<InstallTerms> = {}): Promise<string> => {
    const tokens = {
      create: () => Promise.resolve({ id: 't1', shown: 't1.secret', authority: 'sha256:aa' }),
      revoke: (id: string) => Promise.resolve(void revoked.push(id)),
    };
    const runSsh = (_target: unknown, run: SshRun): Promise<SshOutcome> => {
      const outcome = answer(run, runs.push(run));
      for (const line of outcome.stdout.split('\n')) run.onLine?.(line);
      return Promise.resolve(outcome);
    };
    const terms = {
      ...{
        coordinator: 'c:7700',
        packageFile: join(temp.path, 'package'),
        agentSettings: { 'docker-socket': "/it's" },
      },
      ...{ reachMs: 20_000, stepMs: 60_000 },
    };
    const installer = new Installer({ fleet: at.fleet, tokens, runSsh, clock: at.clock }, { ...terms, ...patch });
    const tell = ({ text = '' }: { readonly text?: string }): Promise<void> => Promise.resolve(void told.push(text));
    return installer.install(MACHINE, TARGET, { zone: 'a' }, { tell, signal: stop.signal });
  };
  const haveRun = (count: number): Promise<unknown> =>
    waitFor(`${String(count)} runs`, () => (runs.length >= count ? true : undefined));
  const becomeHost = (): void => {
    at.fleet.transact((tx) => {
      tx.putHost(sampleHost('vm-1'));
    });
  };
  const inputs = (): string[] => runs.map(({ input }) => (typeof input === 'string' ? input : `<${input.file}>`));

  it('looks, copies, prepares and installs, with the token where no list of processes shows it', async () => {
    const joined = install({ prepareFile: join(temp.path, 'prepare') });
    await haveRun(4);
    becomeHost();
    await at.clock.advanceAsync(1_000);
    expect(await joined).to.equal('vm-1');
    const [look, copy, prepare, installation] = inputs();
    expect(look).to.include("machine='vm-1'");
    expect(copy).to.equal(`<${join(temp.path, 'package')}>`);
    expect(prepare).to.equal('apt-get install docker.io\n');
    expect(installation).to.include("token='t1.secret'").and.include(`'--docker-socket=/it'\\''s'`);
    for (const { command } of runs)
      expect(command)
        .to.match(/^exec sudo -n -- \/bin\/sh /)
        .and.not.include('t1.');
    expect(revoked).to.deep.equal(['t1']);
    expect(told).to.include('It is prepared.');
  });

  it('copies nothing that is there, and does nothing to a machine that is a host already', async () => {
    const digest = createHash('sha256').update('package').digest('hex');
    answer = (_run, nth) => (nth === 1 ? { ...GOOD, stdout: `@digest ${digest}\n` } : GOOD);
    const joined = install();
    await haveRun(2);
    becomeHost();
    await at.clock.advanceAsync(1_000);
    expect(await joined).to.equal('vm-1');
    expect(runs).to.have.lengthOf(2);
    expect(await install()).to.equal('vm-1');
    expect(runs).to.have.lengthOf(2);
  });

  it('asks a machine again that does not answer yet, for as long as it may', async () => {
    answer = () => AWAY;
    const outcome = expectReason(install(), 'machine_unreachable');
    for (const count of [1, 2, 3, 4]) {
      await haveRun(count);
      await at.clock.advanceAsync(5_000);
    }
    await outcome;
    expect(runs).to.have.lengthOf(5);
    expect(revoked).to.deep.equal([]);
  });

  it('revokes the token where the installation fails, and says what was said last', async () => {
    answer = (_run, nth) => (nth === 3 ? { ...GOOD, code: 1, stderr: 'error: no engine' } : GOOD);
    const { message } = await expectReason(install(), 'machine_install_failed');
    expect(message).to.include('error: no engine');
    expect(revoked).to.deep.equal(['t1']);
  });

  it('gives up on an agent that never joins', async () => {
    const outcome = expectReason(install(), 'machine_not_enrolled');
    await haveRun(3);
    await at.clock.advanceAsync(65_000);
    await outcome;
    expect(revoked).to.deep.equal(['t1']);
  });

  it('says so where the package is not there', async () => {
    await expectReason(install({ packageFile: join(temp.path, 'none') }), 'provider_file_unreadable');
    expect(runs).to.have.lengthOf(0);
  });

  it('sends scripts that a shell understands, whatever the values are', () => {
    for (const script of [LOOK, INSTALL, REMOVE]) expect(spawnSync('sh', ['-n'], { input: script }).status).to.equal(0);
    const input = withValues('printf %s "$one|$#|$2"', { one: `it's $(x) "\n` }, ['a', 'b; c']);
    expect(spawnSync('sh', [], { input }).stdout.toString()).to.equal(`it's $(x) "\n|2|b; c`);
  });
});
