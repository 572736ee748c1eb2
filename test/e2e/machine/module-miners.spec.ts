import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { RolloutState } from '../../../common/gen/headframe/v1/miner_pb.js';
import { NetworkState } from '../../../common/gen/headframe/v1/network_service_pb.js';
import type { HeadframeError } from '../../../common/model/error.js';
import { BareApi } from '../../support/chain/bare-api.js';
import { NODE_AWAY_MS } from '../../support/chain/node-away.js';
import { FIVE, NETUID, TwoChains } from '../../support/chain/two-chains.js';
import { describeWithDocker } from '../../support/docker.js';
import { GitRepository } from '../../support/git-repository.js';
import type { RepositoryFiles } from '../../support/git-repository.js';
import { HOSTILE_BUILDS, hostileFiles } from '../../support/hostile-builds.js';
import {
  axonPort,
  bridgeAddress,
  fetching,
  moduleManifest as manifest,
  onHost,
  toldBy,
} from '../../support/module-miner.js';
import type { Told } from '../../support/module-miner.js';
import type { CommandResult } from '../../support/program.js';
import { buildPythonImage, pythonImage } from '../../support/python-image.js';
import { pythonModule } from '../../support/python-module.js';
import { RunningFleet, lifeOf } from '../../support/running-fleet.js';
import { makeTempDir } from '../../support/temp-dir.js';

const KEY = 'planted-key-of-the-back-end';
const REGISTER = { register: { highestPrice: '2000000000' } };
/** Of those with an identity. */
const EXCLUSIVE = { maxSurge: 0, minHealthy: '0s' };
/** Above all deadlines of a connection: 5 s of silence, and 10 s for another to be made. */
const LONG_GONE_MS = 20_000;
/** Of builds on the host `beta`. */
const LONGEST_BUILD = '3s';

type RefusalWord = Pick<HeadframeError, 'reason' | 'remedy' | 'violations' | 'metadata'>;

describeWithDocker('miners of a module', function () {
  this.timeout(150_000 + NODE_AWAY_MS);
  let temp: AsyncDisposable & { path: string };
  let memory: string;
  let fleet: RunningFleet;
  let origin: GitRepository;
  let chains: TwoChains;
  let life: ReturnType<typeof lifeOf>;
  let goneAtMs: number;

  before(async () => {
    temp = await makeTempDir();
    [chains] = await Promise.all([TwoChains.open(temp.path), buildPythonImage()]);
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
    await chains.declare(done, join(temp.path, 'words'));
  });
  after(async () => {
    await fleet.close();
    await chains[Symbol.asyncDispose]();
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

  /** The manifest of one miner, of which its network's name, and what it has done there, are left open. */
  function onNetwork(network: string, duties: object = {}): string {
    const chain = { network, netuid: NETUID, wallet: 'farm', hotkey: 'one', ...duties };
    const settings = { BATCH_SIZE: 16, '--axon.port': 9100, '--verbose': true };
    return manifest('worker', 'miner', { module: { chain, settings }, update: EXCLUSIVE });
  }

  async function whyOf(miner: string): Promise<string | undefined> {
    return (await fleet.miner(miner)).why?.reason;
  }

  async function apply(manifestText: string): Promise<void> {
    await done(['apply', '-f', '-', '--wait', '--timeout', '60s'], manifestText);
  }

  /** What the command line prints of a failure for programs. */
  async function refusal(args: readonly string[], input = ''): Promise<RefusalWord> {
    const { code, stderr } = await fleet.headframe([...args, '-o', 'json'], input);
    expect(code, args.join(' ')).not.to.equal(0);
    return (JSON.parse(stderr) as { error: RefusalWord }).error; // by -o json
  }

  async function tellings(miner: string, count: number): Promise<Told[]> {
    return Promise.all((await fleet.running(miner, count)).map(toldBy));
  }

  async function rolloutState(miner: string): Promise<RolloutState | undefined> {
    return (await fleet.miner(miner)).rollout?.state;
  }

  it('are built on their host and run as miner and as validator, with settings, secrets and the hotkey', async () => {
    await apply(onNetwork('hub'));
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
      netuid: NETUID,
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
    expect(await fetching(fleet, 'alpha', 'alpha', built)).to.equal('');
    expect(await fetching(fleet, 'beta', 'beta', built)).to.equal('content_forbidden');
    expect(await fetching(fleet, 'beta', 'alpha', built)).to.equal('host_mismatch');
    expect(await fetching(fleet, 'admin', 'alpha', built)).to.equal('permission_denied');
  });

  it('run on a chain without subnets for what that has, and are told by field what it has not', async () => {
    const duties = { ...REGISTER, leastStake: '1', serve: { port: 'axon-port' } };
    const refusals = [['plan'], ['apply']].map(([command = '']) =>
      refusal([command, '-f', '-'], onNetwork('hub', duties)),
    );
    for (const { reason, metadata, violations } of await Promise.all(refusals)) {
      expect({ reason, class: metadata['class'] }).to.deep.equal({ reason: 'chain_lacks', class: 'never' });
      expect(violations.map(({ path, value }) => [path, value])).to.deep.equal(
        ['register', 'leastStake', 'serve'].map((field) => [`module.chain.${field}`, 'hub']),
      );
    }
    await fleet.until('its why', async () => (await whyOf('worker')) === 'chain_lacks');
    expect(await done(['networks', 'balance', 'hub', chains.coldkey])).to.match(/free: +5 ROC/);
    expect(await done(['rewards', 'subnets'])).to.match(/hub +1 +miner +chain_lacks/);
    const calls = [
      'hotkeys register hub farm/one --netuid 1 --highest-price 1',
      'hotkeys show hub farm/one --netuid 1',
      'subnets create hub farm/one --highest-price 1',
      'stake show hub --wallet farm',
      'stake add hub 1 --hotkey one --netuid 1 --wallet farm',
      'rewards follow hub 1',
    ];
    for (const { reason, remedy, metadata } of await Promise.all(calls.map((line) => refusal(line.split(' ')))))
      expect([reason, (remedy ?? '') === '', metadata['class']]).to.deep.equal(['chain_lacks', false, 'never']);
    await using chain = await BareApi.open(chains.hub.url);
    expect(await chain.account(chains.coldkey)).to.deep.equal({ nonce: 0, free: FIVE });
  });

  it('go on where they are when the node of their chain falls silent', async () => {
    const address = await bridgeAddress(fleet);
    await apply(onNetwork('rao', { ...REGISTER, serve: { port: 'axon-port', address } }));
    await fleet.until('all to be done', async () => (await whyOf('worker')) === undefined);
    const [worker = { ports: [] }] = await fleet.running('worker', 1);
    expect(await chains.servedAt(chains.hotkeys[0] ?? '')).to.equal(`${address}:${String(axonPort(worker))}`);
    life = lifeOf(await fleet.until('one container', () => fleet.container('worker').catch(() => undefined)));
    chains.rao.signal('SIGSTOP');
    goneAtMs = Date.now();
    const chain = { network: 'rao', netuid: NETUID, wallet: 'farm', hotkey: 'two', ...REGISTER };
    await done(
      ['apply', '-f', '-'],
      manifest('late', 'validator', { module: { chain, settings: { '--axon.port': 9100 } }, update: EXCLUSIVE }),
    );
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
      const [far] = await Promise.all((await away.running('far', 1)).map(toldBy));
      expect(far).to.include({ greeting: 'packed', key: KEY });
    } finally {
      await away.close();
    }
  });

  it('are given up where the image cannot be built, by the limits of builds where it would never end', async () => {
    commit({}, hostileFiles(pythonImage));
    await done(['modules', 'add', 'hostile', '--git', origin.url, '--wait']);
    const texts = new Map<string, string>();
    for (const [role, { reason }] of Object.entries(HOSTILE_BUILDS)) {
      const module = { name: 'hostile', ...(role === 'scout' ? { settings: {}, secrets: {} } : {}) };
      const more = {
        ...(role === 'scout' ? { health: { exec: { command: ['true'] } } } : {}),
        retry: { maxFailures: 1 },
        constraints: onHost('beta'),
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

  it('are as they were after the node was silent, then killed, and what was due is done once it is back', async () => {
    await fleet.until('the node to be silent for long', () => Date.now() - goneAtMs > LONG_GONE_MS);
    await chains.killRao();
    expect((await fleet.networks.getNetwork({ name: 'rao' })).network?.state).to.equal(NetworkState.AWAY);
    expect([await whyOf('worker'), await whyOf('late')]).to.deep.equal(['chain_away', 'chain_away']);
    expect(await fleet.instances('late')).to.deep.equal([]);
    expect(lifeOf(await fleet.container('worker'))).to.deep.equal(life);
    await chains.reviveRao();
    // It is tried again half a minute apart by then.
    await fleet.until('all to be done', async () => (await whyOf('worker')) === undefined, 60_000);
    await using chain = await BareApi.open(chains.rao.url);
    await fleet.until('the hotkey to have its place', async () => {
      return (await chain.read('subtensorModule', 'uids', NETUID, chains.hotkeys[1])) !== null;
    });
    expect(lifeOf(await fleet.container('worker'))).to.deep.equal(life);
  });
});
