import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { readIdentity } from '../../common/config/index.js';
import { AgentService } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { Instance } from '../../common/gen/headframe/v1/instance_pb.js';
import { RolloutState } from '../../common/gen/headframe/v1/miner_pb.js';
import { systemClock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import { describeWithDocker } from '../support/docker.js';
import { GitRepository } from '../support/git-repository.js';
import type { RepositoryFiles } from '../support/git-repository.js';
import type { CommandResult } from '../support/program.js';
import { buildPythonImage, pythonImage } from '../support/python-image.js';
import { pythonModule } from '../support/python-module.js';
import { RunningFleet } from '../support/running-fleet.js';
import { makeTempDir } from '../support/temp-dir.js';
import { waitFor } from '../support/wait-for.js';

const PASSPHRASE = 'planted twelve geese 9f3c';
const KEY = 'planted-key-of-the-back-end';
const UPDATE = { maxUnavailable: 0, maxSurge: 1, minHealthy: '300ms', progressDeadline: '10s', autoRollback: true };
const SMALL = { cpu: '100m', memory: '128MiB', disk: '64MiB' };
const HEALTH = { http: { port: 9100, path: '/health' }, interval: '200ms', retries: 2, startPeriod: '3s' };
/** Of builds on the host `beta`. */
const LONGEST_BUILD = '3s';

interface Told {
  readonly role: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly key: string;
  readonly batch: number;
  readonly user: number;
  readonly greeting: string;
  readonly keyfile: boolean;
  readonly files: readonly string[];
}

describeWithDocker('miners of a module', function () {
  this.timeout(90_000);
  let temp: AsyncDisposable & { path: string };
  let memory: string;
  let fleet: RunningFleet;
  let origin: GitRepository;

  before(async () => {
    await buildPythonImage();
    temp = await makeTempDir();
    memory = await mkdtemp('/dev/shm/headframe-test-');
    origin = new GitRepository(join(temp.path, 'origin.git'));
    commit({ greeting: 'hello' });
    const own = await makeTempDir();
    const base = ['--modules-file-urls', 'true', '--modules-base-images-python', pythonImage];
    fleet = new RunningFleet(own, { coordinator: base });
    await fleet.startCoordinator();
    const secrets = ['--secrets-folder', join(memory, 'secrets')];
    await fleet.startAgent('alpha', { flags: secrets });
    await fleet.startAgent('beta', {
      flags: [...secrets, '--builds-timeout', LONGEST_BUILD, '--builds-memory', '64MiB', '--builds-pids', '48'],
    });
    await fleet.hostsReady(2);
    await done(['modules', 'add', 'translator', '--git', origin.url, '--wait']);
    await done(['secrets', 'set', 'backend'], KEY);
    const keys = ['--mnemonic-out', join(temp.path, 'words'), '--passphrase-file', '-'];
    await done(['wallets', 'create', 'farm', '--hotkey', 'one', ...keys], PASSPHRASE);
    await done(['networks', 'add', 'local', '--endpoint', 'ws://127.0.0.1:1']);
  });
  after(async () => {
    await fleet.close();
    const images = await fleet.engine.docker.listImages({ filters: { label: ['headframe.content'] } });
    for (const { Id } of images) await fleet.engine.docker.getImage(Id).remove({ force: true });
    await temp[Symbol.asyncDispose]();
    await rm(memory, { recursive: true, force: true });
  });

  function commit(options: Parameters<typeof pythonModule>[1], more: RepositoryFiles = {}): string {
    return origin.commit(origin.treeOf({ ...pythonModule(temp.path, options), ...more }));
  }

  async function done(args: readonly string[], input = ''): Promise<string> {
    const { code, stdout, stderr } = await fleet.headframe(args, input);
    expect(code, `${args.join(' ')}: ${stderr}`).to.equal(0);
    return stdout;
  }

  function manifest(name: string, role: string, more: Readonly<Record<string, object | number | string>> = {}): string {
    const { module = {}, ...rest } = more;
    const settings = { '--netuid': 7, '--axon.port': 9100 };
    const own = { name: 'translator', role, settings, secrets: { BACKEND_API_KEY: 'backend' } };
    const common = { constraints: on('alpha'), resources: SMALL, update: UPDATE, health: HEALTH, stopGrace: '1s' };
    return stringify({ kind: 'module', name, module: { ...own, ...(module as object) }, ...common, ...rest });
  }

  async function apply(manifestText: string): Promise<void> {
    await done(['apply', '-f', '-', '--wait', '--timeout', '60s'], manifestText);
  }

  function on(host: string): object[] {
    return [{ attribute: 'host.name', values: [host] }];
  }

  /** What an instance says of itself. */
  async function told({ ports }: Instance): Promise<Told> {
    const port = ports.find(({ name }) => name === 'axon-port')?.hostPort ?? 0;
    return waitFor(
      'the program to answer',
      () =>
        new Promise<Told | undefined>((resolve) => {
          get({ port, host: '127.0.0.1' }, (response) => {
            void text(response).then((body) => resolve(JSON.parse(body) as Told));
          }).on('error', () => resolve(undefined));
        }),
    );
  }

  async function tellings(miner: string, count: number): Promise<Told[]> {
    return Promise.all((await fleet.running(miner, count)).map(told));
  }

  /** Why somebody's identity is not given a content that is asked for a host; '' when it is. */
  async function fetching(whose: string, host: string, digest = ''): Promise<string> {
    const folder = whose === 'admin' ? fleet.adminFolder : join(fleet.agentFolder(whose), 'identity');
    const certificates = await readIdentity(folder);
    const security = { kind: 'mutual', source: { current: () => certificates } } as const;
    const channel = new Channel({ address: fleet.address, security, clock: systemClock });
    try {
      const pieces = createClient(AgentService, channel).fetchContent({ hostId: fleet.hostId(host), digest });
      for await (const { data } of pieces) expect(data.length).to.be.above(0);
      return '';
    } catch (error) {
      return error instanceof HeadframeError ? error.reason : String(error);
    } finally {
      channel.close();
    }
  }

  async function rolloutState(miner: string): Promise<RolloutState | undefined> {
    return (await fleet.miner(miner)).rollout?.state;
  }

  it('are built on their host and run as miner and as validator, with settings, secrets and the hotkey', async () => {
    const chain = { network: 'local', netuid: 7, wallet: 'farm', hotkey: 'one' };
    const settings = { BATCH_SIZE: 16, '--axon.port': 9100, '--verbose': true };
    await apply(
      manifest('worker', 'miner', { module: { chain, settings }, update: { maxSurge: 0, minHealthy: '0s' } }),
    );
    await apply(manifest('judge', 'validator'));
    const [worker] = await tellings('worker', 1);
    expect(worker).to.deep.include({
      role: 'miner',
      key: KEY,
      batch: 16,
      greeting: 'hello',
      keyfile: true,
      user: 10001,
    });
    expect(worker?.options).to.deep.equal({
      netuid: 7,
      'wallet.name': 'farm',
      'wallet.hotkey': 'one',
      'wallet.path': '/run/headframe/wallets',
      'axon.port': 9100,
      verbose: true,
    });
    expect(worker?.files).to.include('.env.example').and.not.include.members(['.env']);
    expect(worker?.files).to.not.include('id_ed25519');
    const [judge] = await tellings('judge', 1);
    expect(judge).to.deep.include({ role: 'validator', batch: 4, keyfile: false });
    const [container] = await fleet.containers('worker');
    expect(container?.Config.Image).to.match(/^headframe\/module-translator:[0-9a-f]{12}-miner$/);
    expect(JSON.stringify(container)).to.not.contain(KEY);
    const { spec } = await fleet.miner('worker');
    expect(spec?.identity).to.equal('hotkey:farm/one');
    const built = spec?.section.case === 'module' ? spec.section.value.build?.content : undefined;
    expect(await fetching('alpha', 'alpha', built)).to.equal('');
    expect(await fetching('beta', 'beta', built)).to.equal('content_forbidden');
    expect(await fetching('beta', 'alpha', built)).to.equal('host_mismatch');
    expect(await fetching('admin', 'alpha', built)).to.equal('permission_denied');
  });

  it('go back from a version that is not healthy, and on to one that is', async () => {
    const two = (): string => manifest('pair', 'miner', { replicas: 2 });
    await apply(two());
    await fleet.until('the first version', async () => (await rolloutState('pair')) === RolloutState.COMPLETE);
    commit({ greeting: 'sick', status: 503 });
    await done(['modules', 'refresh', 'translator', '--apply']);
    // A new pin alone changes nothing.
    expect((await tellings('pair', 2)).map(({ greeting }) => greeting)).to.deep.equal(['hello', 'hello']);
    await fleet.headframe(['apply', '-f', '-'], two());
    await fleet.until('the version to go back', async () => (await rolloutState('pair')) === RolloutState.ROLLED_BACK);
    expect((await tellings('pair', 2)).map(({ greeting }) => greeting)).to.deep.equal(['hello', 'hello']);
    commit({ greeting: 'good day' });
    await done(['modules', 'refresh', 'translator', '--apply']);
    await apply(two());
    await fleet.until('the last version', async () => (await rolloutState('pair')) === RolloutState.COMPLETE);
    expect((await tellings('pair', 2)).map(({ greeting }) => greeting)).to.deep.equal(['good day', 'good day']);
  });

  it('are installed from a signed package and built where neither repository nor its coordinator is known', async () => {
    const parcel = join(temp.path, 'parcel.tar');
    commit({ greeting: 'packed' });
    await done(['modules', 'add', 'parcel', '--git', origin.url, '--wait']);
    await done(['modules', 'package', 'parcel', '--out', parcel]);
    const { own } = JSON.parse(await done(['modules', 'keys', 'ls', '-o', 'json'])) as {
      own: { fingerprint: string }; // by -o json
    };
    const away = new RunningFleet(await makeTempDir(), {
      coordinator: ['--modules-base-images-python', pythonImage],
    });
    const ask = (...args: readonly string[]): Promise<CommandResult> => away.headframe([...args, '-o', 'json']);
    try {
      await away.startCoordinator();
      await away.startAgent('gamma', { flags: ['--secrets-folder', join(memory, 'gamma')] });
      const refused = await ask('modules', 'install', parcel);
      expect(refused.code).to.not.equal(0);
      expect(refused.stderr).to.contain('package_signer_unknown').and.to.contain(own.fingerprint);
      await ask('modules', 'keys', 'trust', 'origin', own.fingerprint);
      const changed = join(temp.path, 'changed.tar');
      await writeFile(changed, (await readFile(parcel, 'latin1')).replace('packed', 'pecked'), 'latin1');
      expect((await ask('modules', 'install', changed)).stderr).to.contain('package_digest_wrong');
      expect((await ask('modules', 'ls')).stdout).to.not.contain('parcel');
      const installed = await ask('modules', 'install', parcel, '--name', 'parcel');
      expect(installed.code, installed.stderr).to.equal(0);
      expect((await ask('modules', 'refresh', 'parcel')).stderr).to.contain('module_from_package');
      const verified = await ask('modules', 'verify', 'parcel');
      expect([verified.code, verified.stdout.includes('package_signed')]).to.deep.equal([0, true]);
      await away.headframe(['secrets', 'set', 'backend'], KEY);
      await away.hostsReady(1);
      const constraints: object[] = [];
      const text = manifest('far', 'miner', { module: { name: 'parcel' }, constraints });
      const applied = await away.headframe(['apply', '-f', '-', '--wait', '--timeout', '60s'], text);
      expect(applied.code, applied.stderr).to.equal(0);
      const [far] = await Promise.all((await away.running('far', 1)).map(told));
      expect(far).to.include({ greeting: 'packed', key: KEY });
    } finally {
      await away.close();
    }
  });

  it('are given up where the image cannot be built, by the limits of builds where it would never end', async () => {
    // It doubles five times, and does no more than a hundred things at once: without a limit it has 227 processes.
    const doubling = 'bomb() { [ $1 -gt 0 ] && { bomb $(($1-1)) & bomb $(($1-1)) & }; sleep 20; }; bomb 5 &';
    const bomb = `${doubling} for i in $(seq 100); do sleep 20 & done; wait`;
    const steps = { miner: 'echo begun && exit 3', validator: bomb, scout: 'sleep 600' };
    const reasons = {
      miner: 'image_build_failed',
      validator: 'build_too_many_processes',
      scout: 'build_too_long',
    };
    const dockerfiles = Object.entries(steps).map(([role, step]): [string, string] => [
      `Dockerfile.${role}`,
      `FROM ${pythonImage}\nRUN ${step}\n`,
    ]);
    const scout = 'roles:\n  scout:\n    command: [python]\n';
    commit({}, { ...Object.fromEntries(dockerfiles), 'headframe.module.yaml': scout });
    await done(['modules', 'add', 'hostile', '--git', origin.url, '--wait']);
    const texts = new Map<string, string>();
    for (const [role, reason] of Object.entries(reasons)) {
      const module = { name: 'hostile', ...(role === 'scout' ? { settings: {}, secrets: {} } : {}) };
      const more = {
        ...(role === 'scout' ? { health: { exec: { command: ['true'] } } } : {}),
        retry: { maxFailures: 1 },
        constraints: on('beta'),
        module,
      };
      await done(['apply', '-f', '-'], manifest(role, role, more));
      texts.set(role, (await fleet.ended(role, reason)).text);
      const given = async (): Promise<boolean> => (await fleet.miner(role)).quarantine?.reason === reason;
      await fleet.until(`${role} to be given up`, given);
    }
    expect(texts.get('miner')).to.contain('code: 3').and.to.contain('begun');
    expect(texts.get('validator')).to.match(/48 processes|could not begin another process/);
    expect(texts.get('scout')).to.contain(LONGEST_BUILD);
  });
});
