import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { RolloutState } from '../../common/gen/headframe/v1/miner_pb.js';
import type { Instance } from '../../common/gen/headframe/v1/instance_pb.js';
import { bearerOf } from '../support/bearer.js';
import { describeWithDocker } from '../support/docker.js';
import { freePort } from '../support/free-port.js';
import { GitRepository } from '../support/git-repository.js';
import { adminCertificates } from '../support/host-certificates.js';
import { httpClient } from '../support/http-client.js';
import { removeModelImages } from '../support/model-images.js';
import { buildPythonImage, pythonImage } from '../support/python-image.js';
import { RunningFleet, lifeOf } from '../support/running-fleet.js';
import { makeTempDir } from '../support/temp-dir.js';

const EXAMPLE = 'deploy/examples/model';
const ARGS = { BASE: pythonImage };
const UPDATE = { maxUnavailable: 0, maxSurge: 2, minHealthy: '200ms', progressDeadline: '10s', autoRollback: true };
/** Of the model, once it is scaled. */
const REPLICAS = 5;
const MODEL = {
  kind: 'model',
  name: 'markov',
  resources: { cpu: '100m', memory: '64MiB', disk: '64MiB' },
  health: { http: { port: 3000, path: '/health' }, interval: '200ms', retries: 2, startPeriod: '5s' },
  update: UPDATE,
  stopGrace: '1s',
};

describeWithDocker('models', function () {
  this.timeout(120_000);
  let temp: AsyncDisposable & { path: string };
  let fleet: RunningFleet;
  let origin: Server;
  let asked: string[];
  let http: string;

  before(async () => {
    temp = await makeTempDir();
    await buildPythonImage();
    const archive = execFileSync('tar', ['-cz', '-C', EXAMPLE, '.']);
    asked = [];
    origin = createServer((request, response) => {
      asked.push(request.url ?? '');
      if (request.url === '/elsewhere') response.writeHead(302, { location: `http://127.0.0.2:${String(portOf())}/` });
      response.end(archive);
    });
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
    const scores = ['--model-scores-interval', '1s'];
    http = `127.0.0.1:${String(await freePort())}`;
    const flags = [
      '--http-listen',
      http,
      '--models-allowed-addresses',
      '127.0.0.1',
      '--modules-file-urls',
      'true',
      ...scores,
    ];
    fleet = await RunningFleet.open({ alpha: {} }, { coordinator: flags });
  });
  after(async () => {
    await fleet.close();
    origin.closeAllConnections();
    origin.close();
    await removeModelImages(fleet.engine.docker, MODEL.name);
    await temp[Symbol.asyncDispose]();
  });

  function portOf(): number {
    return (origin.address() as AddressInfo).port; // it listens by TCP
  }

  async function done(args: readonly string[], input = ''): Promise<string> {
    const { code, stdout, stderr } = await fleet.headframe(args, input);
    expect(code, `${args.join(' ')}: ${stderr}`).to.equal(0);
    return stdout;
  }

  async function refusal(args: readonly string[], input = ''): Promise<string> {
    const { code, stderr } = await fleet.headframe([...args, '-o', 'json'], input);
    expect(code, args.join(' ')).not.to.equal(0);
    return (JSON.parse(stderr) as { error: { reason: string } }).error.reason; // by -o json
  }

  function urlOf({ ports }: Instance): string {
    return `http://127.0.0.1:${String(ports.find(({ name }) => name === 'http')?.hostPort)}`;
  }

  async function versions(count: number): Promise<string[]> {
    const instances = await fleet.running('markov', count);
    const infos = instances.map(
      async (one) => (await fetch(`${urlOf(one)}/info`)).json() as Promise<{ version: string }>,
    );
    return (await Promise.all(infos)).map(({ version }) => version);
  }

  function all(version: string): string[] {
    return Array.from({ length: REPLICAS }, () => version);
  }

  function deploy(...args: string[]): Promise<string> {
    return done(['models', 'deploy', 'markov', ...args, '--wait', '--timeout', '60s']);
  }

  function withSource(source: object, more: object = {}): string {
    return stringify({ ...MODEL, model: { source, port: 3000, buildArgs: ARGS, ...more } });
  }

  it('come from a URL, serve what the contract wants, and are fetched once', async () => {
    const url = `http://127.0.0.1:${String(portOf())}/markov.tar.gz`;
    expect(await refusal(['apply', '-f', '-'], withSource({ url: `${new URL(url).origin}/elsewhere` }))).to.equal(
      'model_address_private',
    );
    expect(await refusal(['apply', '-f', '-'], withSource({ url, digest: `sha256:${'0'.repeat(64)}` }))).to.equal(
      'model_digest_mismatch',
    );
    await done(
      ['apply', '-f', '-', '--wait', '--timeout', '60s'],
      withSource({ url }, { type: 'llm', account: '0.0.7' }),
    );
    const [instance] = await fleet.running('markov', 1);
    if (instance === undefined) throw new Error('it does not run');
    const check = JSON.parse(await done(['models', 'check', urlOf(instance), '-o', 'json'])) as {
      points: { mark: string }[]; // by -o json
    };
    expect(check.points.every(({ mark }) => mark === 'met')).to.equal(true);
    const life = lifeOf(await fleet.container('markov'));
    const count = asked.length;
    const manifest = await done(['miners', 'show', 'markov', '--manifest']);
    expect(manifest).to.match(/digest: sha256:[0-9a-f]{64}/);
    await done(['apply', '-f', '-', '--wait'], manifest);
    expect(asked).to.have.length(count);
    await done(['apply', '-f', '-', '--wait'], withSource({ url }, { type: 'llm', account: '0.0.7' }));
    expect(lifeOf(await fleet.container('markov'))).to.deep.equal(life);
    expect(await done(['models', 'ls', '-o', 'wide'])).to.match(/markov +running +1\/1 +3000 +llm .*0\.0\.7/);
  });

  it('are updated by an upload and by git, without ever being fewer, and scaled to five', async () => {
    await done(['miners', 'scale', 'markov', '2', '--wait', '--timeout', '60s']);
    const args = ['--build-arg', `BASE=${pythonImage}`, '--build-arg', 'VERSION=2.0.0'];
    const said = await deploy('--source', EXAMPLE, ...args, '--follow');
    expect(said).to.contain('Step 1/').and.to.contain('made sha256:');
    expect(await versions(2)).to.deep.equal(['2.0.0', '2.0.0']);
    const repository = new GitRepository(join(temp.path, 'origin.git'));
    const files = readdirSync(EXAMPLE).map((name) => [`markov/${name}`, readFileSync(join(EXAMPLE, name))] as const);
    const commit = repository.commit(repository.treeOf({ ...Object.fromEntries(files), 'README.md': 'all models\n' }));
    const git = ['--git', repository.url, '--commit', commit, '--folder', 'markov'];
    await deploy(...git, '--build-arg', `BASE=${pythonImage}`, '--build-arg', 'VERSION=3.0.0');
    expect(await versions(2)).to.deep.equal(['3.0.0', '3.0.0']);
    await done(['miners', 'scale', 'markov', String(REPLICAS), '--wait', '--timeout', '60s']);
    expect(await versions(REPLICAS)).to.deep.equal(all('3.0.0'));
  });

  it('are asked by name over HTTP, replica after replica, as renters may', async () => {
    const token = await bearerOf(fleet, 'renter', 'default');
    const ask = httpClient(http, (await adminCertificates(fleet.storeFolder)).authorities);
    const body = JSON.stringify({ prompt: 'Once upon a time', max_tokens: 8 });
    const answers = await Promise.all(
      Array.from({ length: 2 * REPLICAS }, () => ask('/models/markov/chat', { verb: 'POST', token, body })),
    );
    for (const { status, json, text } of answers) {
      expect(status, text).to.equal(200);
      expect(json['response']).to.be.a('string').and.not.equal('');
    }
    expect(new Set(answers.map(({ headers }) => headers['headframe-instance'])).size).to.equal(REPLICAS);
    expect((await ask('/models/markov/chat', { verb: 'POST', body })).status).to.equal(401);
    const { json } = await ask('/models', { token });
    expect(json['models']).to.deep.equal([{ name: 'markov', replicas: REPLICAS, ready: REPLICAS }]);
  });

  it('are checked by name, replica by replica, and scored by what they answer', async () => {
    const { replicas } = JSON.parse(await done(['models', 'check', 'markov', '-o', 'json'])) as {
      replicas: { conforms: boolean; points: object[] }[]; // by -o json
    };
    expect(replicas.map(({ conforms, points }) => [conforms, points.length])).to.deep.equal(
      Array.from({ length: REPLICAS }, () => [true, 12]),
    );
    interface Scores {
      readonly scores: readonly Record<'score' | 'speed' | 'availability' | 'participation' | 'rounds', number>[];
    }
    const scores = async (): Promise<Scores> =>
      JSON.parse(await done(['scores', '--kind', 'model', '-o', 'json'])) as Scores; // by -o json
    await fleet.until('two rounds', async () => ((await scores()).scores[0]?.rounds ?? 0) >= 2);
    const [found] = (await scores()).scores;
    expect(found?.participation).to.be.above(0);
    expect(found?.availability).to.be.above(0);
    expect(found?.score).to.be.within(0.01, 1);
    expect(await done(['models', 'canaries', 'markov'])).to.match(/markov-\d+ +answered +\w+ +\d\.\d{3}/);
  });

  it('stay what they are where another version cannot be built, which is told with its exit code and last words', async () => {
    const broken = join(temp.path, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'Dockerfile'), `FROM ${pythonImage}\nRUN echo the weights are gone; exit 3\n`);
    const failed = await fleet.headframe(['models', 'deploy', 'markov', '--source', broken, '--wait']);
    expect(failed.code).to.equal(8);
    const { text } = await fleet.ended('markov', 'image_build_failed');
    expect(text)
      .to.contain('the weights are gone')
      .and.to.match(/code: 3|exit(?: code)? 3/);
    const log = await done(['models', 'build-log', 'markov', '--follow']);
    expect(log).to.match(/Step 1\/\d[^]*the weights are gone[^]*failed: /);
    await fleet.until(
      'it to go back',
      async () => (await fleet.miner('markov')).rollout?.state === RolloutState.ROLLED_BACK,
    );
    expect(await versions(REPLICAS)).to.deep.equal(all('3.0.0'));
  });

  it('are healed, and go back to what they were built of before', async () => {
    const [first] = await fleet.containers('markov');
    await fleet.engine.docker.getContainer(first?.Id ?? '').kill();
    await fleet.until('another life', async () =>
      (await fleet.instances('markov')).some(({ restarts }) => restarts > 0),
    );
    expect(await versions(REPLICAS)).to.deep.equal(all('3.0.0'));
    const history = JSON.parse(await done(['miners', 'history', 'markov', '-o', 'json'])) as {
      revisions: { revision: string; spec: { model: { buildArgs: { VERSION?: string } } } }[]; // by -o json
    };
    const second = history.revisions.find(({ spec }) => spec.model.buildArgs.VERSION === '2.0.0');
    await done(['models', 'rollback', 'markov', '--to', second?.revision ?? '', '--wait', '--timeout', '60s']);
    expect(await versions(REPLICAS)).to.deep.equal(all('2.0.0'));
  });

  it('are refused by the line of a Dockerfile that is none, and by what leads out of an archive', async () => {
    const path = join(temp.path, 'Dockerfile');
    writeFileSync(path, '# nothing\nARG A=1\nRUN true\n');
    const wrong = await fleet.headframe(['models', 'deploy', 'other', '--dockerfile', path, '--port', '3000']);
    expect([wrong.code === 0, wrong.stderr.includes('line 3')]).to.deep.equal([false, true]);
    const slip = join(temp.path, 'slip.tar');
    execFileSync('tar', ['-cf', slip, '-P', '--transform', 's,^.*/,../,', path]);
    expect(await refusal(['models', 'deploy', 'other', '--source', slip, '--port', '3000'])).to.equal(
      'model_archive_unsafe',
    );
    expect((await fleet.fleet.listMiners({ pageSize: 100 })).miners).to.have.length(1);
  });
});
