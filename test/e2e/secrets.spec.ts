import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { readIdentity } from '../../common/config/index.js';
import { HeldSecretsSchema, SecretsRequestSchema } from '../../common/gen/headframe/v1/agent_service_pb.js';
import { minerSpecToWire } from '../../common/wire/client.js';
import { parseManifest } from '../../common/model/manifest/index.js';
import type { MinerSpec } from '../../common/model/miner.js';
import { describeWithDocker } from '../support/docker.js';
import { expectReason } from '../support/expect-reason.js';
import { FakeAgent } from '../support/fake-agent.js';
import { manifestOf, script } from '../support/manifest.js';
import type { ManifestParts } from '../support/manifest.js';
import type { CommandResult } from '../support/program.js';
import { runHeadframe } from '../support/program.js';
import { RunningFleet, lifeOf } from '../support/running-fleet.js';
import { filesBelow, foundIn } from '../support/secret-grep.js';
import { makeTempDir } from '../support/temp-dir.js';

/** Says who may read the secret, and what is in it by its hash, at the start and at each hangup. */
const TELL = 'echo $1 $(stat -L -c %a:%u /run/secrets/coldkey) $(sha256sum < /run/secrets/coldkey)';
const READER = `tell() { ${TELL}; }; trap 'tell hangup' HUP; tell start; while :; do sleep 0.1; done`;
const COORDINATOR = ['--heartbeat-period', '1s', '--log-level', 'trace'];

describeWithDocker('secrets', function () {
  this.timeout(60_000);
  // With what has to be escaped in JSON, so that no form of it looks like another.
  const draw = (): string => `planted-"${randomBytes(24).toString('hex')}"\\\n-${randomBytes(24).toString('base64')}`;
  const [first, second, other] = [draw(), draw(), draw()];
  const planted = [first, second, other];
  let fleet: RunningFleet;
  let folder: string;
  let memory: string;

  before(async () => {
    const temp = await makeTempDir();
    folder = temp.path;
    memory = await mkdtemp('/dev/shm/headframe-test-');
    fleet = new RunningFleet(temp, { coordinator: COORDINATOR });
    await fleet.startCoordinator();
    await join_('alpha');
    await fleet.startAgent('alpha', { flags: ['--secrets-folder', join(memory, 'secrets'), '--log-level', 'trace'] });
    await fleet.hostsReady(1);
  });
  after(async () => {
    await fleet.close();
    await rm(memory, { recursive: true, force: true });
  });

  /** Makes a host by the line that is printed. */
  async function join_(name: string): Promise<void> {
    const { stdout } = await fleet.headframe(['token', 'create', '--role', 'agent']);
    const [, ...words] = stdout.trim().split(' ');
    const place = ['--data-dir', fleet.agentFolder(name), '--host-id', fleet.hostId(name)];
    const joined = await runHeadframe([...words, ...place], { env: {}, input: '' });
    expect(joined.code, joined.stderr).to.equal(0);
  }

  async function headframe(args: readonly string[], input = ''): Promise<CommandResult> {
    const result = await fleet.headframe(args, input);
    expect(result.code, result.stderr).to.equal(0);
    return result;
  }

  function specOf(parts: ManifestParts): MinerSpec {
    const result = parseManifest(JSON.parse(manifestOf(parts)));
    if ('violations' in result) throw new Error(JSON.stringify(result.violations));
    return result.value;
  }

  const hashOf = (value: string): string => createHash('sha256').update(value).digest('hex');
  const logOf = async (miner: string): Promise<string> => {
    const { Id } = await fleet.container(miner);
    const logs = await fleet.engine.docker.getContainer(Id).logs({ stdout: true, stderr: true });
    return logs.toString();
  };
  const said = (miner: string, words: string): Promise<unknown> =>
    fleet.until(`${miner} to say ${words}`, async () => (await logOf(miner)).includes(words));
  const reader = (name: string, container: Record<string, unknown> = {}) => ({
    name,
    container: { ...script(READER), secrets: [{ name: 'coldkey', onRotate: 'signal:SIGHUP' }], ...container },
  });

  it('are refused where they are not there, and made once', async () => {
    await expectReason(fleet.apply(reader('early')), 'secret_missing');
    const miners = [minerSpecToWire(specOf(reader('early')))];
    await expectReason(fleet.fleet.planMiners({ miners }), 'secret_missing');
    await headframe(['secrets', 'set', 'coldkey'], first);
    const value = Buffer.from(second);
    await expectReason(fleet.secrets.setSecret({ name: 'coldkey', value }), 'secret_exists');
    await expectReason(fleet.secrets.rotateSecret({ name: 'nokey', value }), 'secret_not_found');
    const file = join(folder, 'value');
    await writeFile(file, other);
    await headframe(['secrets', 'set', 'hotkey', '--from-file', file]);
    await rm(file);
  });

  it('reach the file of the container alone, and change in it without a restart', async () => {
    const mine = { user: '1000', secrets: [{ name: 'coldkey', onRotate: 'restart' }] };
    await fleet.apply(reader('alpha'), reader('beta', mine));
    for (const name of ['alpha', 'beta']) await fleet.running(name, 1);
    await said('alpha', `start 400:0 ${hashOf(first)}`);
    await said('beta', `start 400:1000 ${hashOf(first)}`);
    const [alpha, beta] = [await fleet.container('alpha'), await fleet.container('beta')];
    await expectReason(fleet.secrets.removeSecret({ name: 'coldkey' }), 'secret_in_use');
    expect(await fleet.engine.shell(alpha.Id, 'touch /run/secrets/x || echo denied')).to.contain('denied');

    await headframe(['secrets', 'rotate', 'coldkey'], second);
    await said('alpha', `hangup 400:0 ${hashOf(second)}`);
    expect(lifeOf(await fleet.container('alpha'))).to.deep.equal(lifeOf(alpha));
    await said('beta', `start 400:1000 ${hashOf(second)}`);
    expect((await fleet.container('beta')).Id).to.equal(beta.Id);
    const { secrets } = await fleet.secrets.listSecrets({});
    expect(secrets.map(({ name, version, miners }) => [name, version, miners])).to.deep.equal([
      ['coldkey', 2, ['alpha', 'beta']],
      ['hotkey', 1, []],
    ]);
  });

  it('outlive the agent where their container does, and go with it', async () => {
    const files = join(memory, 'secrets', fleet.hostId('alpha'));
    expect((await stat(files)).mode & 0o777).to.equal(0o700);
    const before = lifeOf(await fleet.container('alpha'));
    const reads = await readsOf('instance/alpha');
    await fleet.agent('alpha').end('SIGKILL');
    // As where the power fails, for one of the two: nothing is left in memory.
    const beta = await fleet.container('beta');
    await fleet.engine.kill(beta.Id);
    await rm(join(files, String((await fleet.instance('beta')).serial)), { recursive: true });
    const starts = (await logOf('beta')).split('start 400:1000').length;
    await fleet.startAgent('alpha');
    await fleet.until('the agent to be back', async () => (await fleet.log('alpha')).split('agent started').length > 2);
    await fleet.running('alpha', 1);
    expect(lifeOf(await fleet.container('alpha'))).to.deep.equal(before);
    expect(await fleet.engine.shell(before.id, 'sha256sum < /run/secrets/coldkey')).to.contain(hashOf(second));
    await fleet.until('beta to read again', async () => (await logOf('beta')).split('start 400:1000').length > starts);
    expect((await fleet.container('beta')).Id).to.equal(beta.Id);
    await fleet.remove('beta');
    await fleet.until('its files to be gone', async () => (await readdir(files)).length === 1);
    // What it has it is not given again.
    expect(await readsOf('instance/alpha')).to.equal(reads);
  });

  async function readsOf(target: string): Promise<number> {
    const { entries } = await fleet.audit.listEntries({ method: 'secret.read' });
    return entries.filter((entry) => entry.target.startsWith(target)).length;
  }

  it('are given to no other host, and it is on record that it asked', async () => {
    await join_('mallory');
    const current = await readIdentity(join(fleet.agentFolder('mallory'), 'identity'));
    const mallory = await FakeAgent.connect(fleet.address, fleet.hostId('mallory'), { certificates: current });
    try {
      const { serial } = await fleet.instance('alpha');
      const value = create(SecretsRequestSchema, { instances: [create(HeldSecretsSchema, { serial })] });
      await mallory.send({ case: 'secretsRequest', value });
      const [answer] = await fleet.until('an answer', () => mallory.secrets.length > 0 && mallory.secrets);
      expect(answer).to.deep.include({ serial, values: [], reason: 'secret_forbidden' });
    } finally {
      await mallory.close();
    }
    const name = fleet.hostId('mallory');
    await fleet.until('the record of it', async () => {
      const { entries } = await fleet.audit.listEntries({ method: 'secret.read', outcome: 'permission_denied' });
      return entries.some((entry) => entry.name === name && entry.reason === 'secret_forbidden');
    });
  });

  it('are nowhere else: no file, log, image, argument, variable, event or answer holds them', async () => {
    await headframe(['secrets', 'rm', 'hotkey', '--yes']);
    const backup = join(folder, 'backup');
    await headframe(['store', 'backup', backup, '--data-dir', fleet.storeFolder]);
    const { Id } = await fleet.container('alpha');
    const container = fleet.engine.docker.getContainer(Id);
    const places = new Map<string, Buffer>(await filesBelow(folder));
    // The agent's own folder of secrets is memory; what it keeps there beside the files holds none either.
    for (const [path, bytes] of await filesBelow(join(memory, 'secrets')))
      if (path.endsWith('.json')) places.set(path, bytes);
    places.set('inspect', Buffer.from(JSON.stringify(await container.inspect())));
    places.set('export', await buffer(await container.export()));
    places.set('logs', Buffer.from(await logOf('alpha')));
    for (const pid of [fleet.coordinator.pid, fleet.agent('alpha').pid, process.pid])
      for (const name of ['cmdline', 'environ'])
        places.set(`${String(pid)} ${name}`, await readFile(`/proc/${String(pid)}/${name}`));
    const { serial } = await fleet.instance('alpha');
    const words = ['secrets ls', 'miners show alpha', `instances show alpha-${String(serial)}`, 'events', 'audit ls'];
    const shown = words.map((line) => headframe(['-o', 'json', ...line.split(' ')]));
    for (const [index, { stdout, stderr }] of (await Promise.all(shown)).entries())
      places.set(words[index] ?? '', Buffer.from(stdout + stderr));
    expect(holding(places)).to.deep.equal([]);
    // What the search is worth: the places are not empty, and it finds what is there in any form.
    expect([...places.keys()].filter((path) => /journal|audit|\.log$/.test(path))).to.have.length.above(3);
    expect(places.get('export')?.length).to.be.above(10_000);
    await writeFile(join(folder, 'control'), `x${Buffer.from(`yy${second}`).toString('base64')}`);
    expect(holding(await filesBelow(folder))).to.deep.equal([join(folder, 'control')]);
    expect(holding(await filesBelow(join(memory, 'secrets')))).to.have.length(1);
  });

  /** Places that hold any of the values, or the part of it that no way of escaping changes. */
  function holding(places: ReadonlyMap<string, Buffer>): string[] {
    const cores = planted.map((value) => value.slice(9, 57));
    return [...places].filter(([, bytes]) => foundIn(bytes, [...planted, ...cores]).length > 0).map(([place]) => place);
  }
});
