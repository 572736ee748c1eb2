import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { HostState } from '../../common/gen/headframe/v1/host_pb.js';
import { bearerOf } from '../support/bearer.js';
import { describeWithDocker } from '../support/docker.js';
import { codeBlocks, writtenPages } from '../support/documents.js';
import { freePort } from '../support/free-port.js';
import { adminCertificates } from '../support/host-certificates.js';
import { buildPythonImage, pythonImage } from '../support/python-image.js';
import { RunningFleet } from '../support/running-fleet.js';
import { makeTempDir } from '../support/temp-dir.js';
import { waitFor } from '../support/wait-for.js';

const run = promisify(execFile);
const EXAMPLE = 'deploy/examples/model';
const WALLET = '0.0.123456';
const ROOM = { cpu: '1', memory: '512MiB' };
const JSON_TYPE = 'content-type: application/json';

type Fields = Readonly<Record<string, unknown>>;

/** What curl said of an answer. */
interface Said {
  readonly status: number;
  readonly json: Fields;
}

describeWithDocker("TensorNode's guide", function () {
  this.timeout(120_000);
  let temp: AsyncDisposable & { path: string };
  let fleet: RunningFleet;
  let origin: Server;
  let url: string;
  let http: string;

  before(async () => {
    temp = await makeTempDir();
    await buildPythonImage();
    const context = join(temp.path, 'context');
    cpSync(EXAMPLE, context, { recursive: true });
    const dockerfile = join(context, 'Dockerfile');
    writeFileSync(dockerfile, readFileSync(dockerfile, 'utf8').replace(/^ARG BASE=.*$/m, `ARG BASE=${pythonImage}`));
    const archive = join(temp.path, 'markov.tar.gz');
    execFileSync('tar', ['-czf', archive, '-C', context, '.']);
    const content = readFileSync(archive);
    origin = createServer((_request, response) => response.end(content));
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
    // It listens by TCP.
    url = `http://127.0.0.1:${String((origin.address() as AddressInfo).port)}/user/repo/main/Dockerfile`;
    http = `127.0.0.1:${String(await freePort())}`;
    const flags = ['--http-listen', http, '--models-allowed-addresses', '127.0.0.1'];
    const small = ['--vms-configuration', 'cpu-0.2-ram-64mb-storage-64mb'];
    fleet = await RunningFleet.open({ alpha: ROOM, beta: ROOM, gamma: ROOM }, { coordinator: [...flags, ...small] });
    writeFileSync(join(temp.path, 'authority.pem'), (await adminCertificates(fleet.storeFolder)).authorities);
    curlFor('operator', await bearerOf(fleet, 'operator'));
    curlFor('viewer', await bearerOf(fleet, 'viewer'));
    curlFor('stranger', 'hf_bearer_of_nobody');
  });
  after(async () => {
    await fleet.close();
    origin.closeAllConnections();
    origin.close();
    const images = await fleet.engine.docker.listImages({ filters: { label: ['headframe.content'] } });
    const own = images.filter(({ RepoTags }) => RepoTags?.some((tag) => tag.startsWith('headframe/model-vm-')));
    for (const { Id } of own) await fleet.engine.docker.getImage(Id).remove({ force: true });
    await temp[Symbol.asyncDispose]();
  });

  /** As the page tells: neither the token nor the authority is in a script. */
  function curlFor(who: string, token: string): void {
    mkdirSync(join(temp.path, who));
    const lines = [`header = "Authorization: Bearer ${token}"`, `cacert = "${join(temp.path, 'authority.pem')}"`];
    writeFileSync(join(temp.path, who, '.curlrc'), `${lines.join('\n')}\n`, { mode: 0o600 });
  }

  function envOf(who: string): NodeJS.ProcessEnv {
    return { ...process.env, CURL_HOME: join(temp.path, who) };
  }

  async function curl(line: string, args: readonly string[] = [], who = 'operator'): Promise<Said> {
    const [verb = '', path = ''] = line.split(' ');
    const asked = ['-sS', '-X', verb, `https://${http}/tensornode${path}`, '-w', '\n%{http_code}', ...args];
    const { stdout } = await run('curl', asked, { env: envOf(who) });
    const [, body = '', status = ''] = /^([^]*)\n(\d+)$/.exec(stdout) ?? [];
    return { status: Number(status), json: (body === '' ? {} : JSON.parse(body)) as Fields }; // of any route
  }

  function send(line: string, body: object, who?: string): Promise<Said> {
    return curl(line, ['-H', JSON_TYPE, '-d', JSON.stringify(body)], who);
  }

  async function refusal(asked: Promise<Said>): Promise<[number, unknown]> {
    const { status, json } = await asked;
    return [status, json['reason']];
  }

  async function vms(): Promise<readonly Fields[]> {
    const { json } = await curl('GET /vms');
    return json as unknown as readonly Fields[]; // a list is what the route answers
  }

  async function vmIds(): Promise<string[]> {
    return (await vms()).map(({ vmId }) => String(vmId));
  }

  it('has its script run as it is, but for the address and the token', async () => {
    const blocks = writtenPages().flatMap(codeBlocks);
    const script = blocks.find(({ language, text }) => language === 'bash' && text.includes('# deploy-miner.sh'));
    const text = (script?.text ?? '')
      .replaceAll('https://coordinator.example:7780', `https://${http}`)
      .replace('https://models.example/user/repo/main/Dockerfile', url);
    const file = join(temp.path, 'deploy-miner.sh');
    writeFileSync(file, text);
    const { stdout } = await run('bash', [file], { env: envOf('operator') });
    const answers = [...stdout.matchAll(/^(\{.*\})Miner instance (\d) deployed successfully!$/gm)];
    expect(answers, stdout).to.have.length(3);
    const deployed = answers.map(([, json = '']) => JSON.parse(json) as Fields);
    expect(deployed.map((one) => [one['exit_code'], one['status']])).to.deep.equal(
      Array.from({ length: 3 }, () => [0, 'running']),
    );
    const given = await vms();
    expect(given.map((vm) => [vm['status'], vm['walletAddress']])).to.deep.equal(
      Array.from({ length: 3 }, () => ['active', WALLET]),
    );
    expect(new Set(given.map((vm) => vm['hostId'])).size).to.equal(3);
    for (const vm of given) {
      const { spec } = await fleet.miner(String(vm['vmId']));
      expect(spec?.section.value).to.include({ account: WALLET, port: 3000 });
      const { hostId } = await fleet.instance(String(vm['vmId']));
      expect(hostId).to.equal(vm['hostId']);
    }
    const [one] = deployed;
    const port = String((one?.['ports'] as Fields | undefined)?.['3000']);
    const ask = ['-s', '-X', 'POST', `http://127.0.0.1:${port}/api/chat`, '-H', JSON_TYPE];
    const chat = await run('curl', [...ask, '-d', '{"prompt": "Test question", "temperature": 0.2}']);
    expect(JSON.parse(chat.stdout)).to.have.property('response').that.is.a('string');
    const health = await run('curl', ['-s', `http://127.0.0.1:${port}/health`]);
    expect(JSON.parse(health.stdout)).to.include({ status: 'healthy', model_loaded: true });
  });

  it('has no more machines than there are, and tells what is in the way', async () => {
    const more = await send('POST /deploy', { walletAddress: WALLET });
    expect([more.status, more.json['reason']]).to.deep.equal([429, 'machine_none_fits']);
    expect(more.json['detail']).to.contain('3');
    expect(await refusal(send('POST /allocate', { minerAddress: WALLET }))).to.deep.equal([429, 'machine_none_fits']);
  });

  it('has commands run in what is deployed, with their exit code and what they say, and audited', async () => {
    const [id = ''] = await vmIds();
    const done = await send(`POST /vms/${id}/exec`, { command: 'echo out; echo err >&2; exit 3', username: 'ubuntu' });
    expect(done.json).to.deep.equal({ exit_code: 3, stdout: 'out\n', stderr: 'err\n', truncated: false });
    expect((await send(`POST /vms/${id}/exec`, { command: 'true' }, 'viewer')).status).to.equal(403);
    // Refusals are written down behind their answers.
    const outcomes = await waitFor('the refused command in the audit log', async () => {
      const { entries } = await fleet.audit.listEntries({ pageSize: 1000 });
      const commands = entries.filter(({ method }) => method.endsWith('FleetService/Exec'));
      return commands.length > 2 && commands.map(({ outcome }) => outcome);
    });
    expect(outcomes).to.have.members(['started', 'ok', 'permission_denied']);
  });

  it('has models asked and judged, those included that do not answer', async () => {
    const ids = await vmIds();
    const [stopped = ''] = ids;
    const stop = await send(`POST /vms/${stopped}/docker/stop`, {});
    expect(stop.json).to.deep.equal({ exit_code: 0, container_name: stopped });
    await fleet.until('its end', async () => (await fleet.instances(stopped)).length === 0);
    expect((await fleet.containers()).filter(({ State }) => State.Running)).to.have.length(2);
    const { json } = await send('POST /validator', { input: 'Once upon a time', truth: 'there was a fox', vms: ids });
    const results = json['results'] as readonly Fields[]; // as the route answers
    expect(results.map(({ vmId, failure }) => [vmId, failure === null])).to.deep.equal(
      ids.map((id) => [id, id !== stopped]),
    );
    expect(results.find(({ vmId }) => vmId === stopped)?.['score']).to.equal(0);
    for (const { vmId, score } of results) expect(score, String(vmId)).to.be.within(0, 1);
    expect(await refusal(send(`POST /vms/${stopped}/exec`, { command: 'true' }))).to.deep.equal([
      404,
      'vm_nothing_deployed',
    ]);
    const foreign = send(`POST /vms/${stopped}/docker/stop`, { container_name: ids[1] });
    expect(await refusal(foreign)).to.deep.equal([404, 'vm_container_unknown']);
  });

  it('hears of a failed build by its exit code and last words, never by a 200, and runs what is uploaded then', async () => {
    const [id = ''] = await vmIds();
    const broken = join(temp.path, 'broken');
    writeFileSync(broken, `FROM ${pythonImage}\nRUN echo the weights are gone; exit 3\n`);
    const failed = await curl(`POST /vms/${id}/docker/local`, ['-F', `file=@${broken};filename=Dockerfile`]);
    expect([failed.status, failed.json['reason']]).to.deep.equal([422, 'vm_deploy_failed']);
    expect(failed.json['metadata']).to.include({ exit_code: '3', cause: 'image_build_failed', miner: id });
    expect(failed.json['detail']).to.contain('the weights are gone');
    const archive = join(temp.path, 'markov.tar.gz');
    const uploaded = await curl(`POST /vms/${id}/upload`, ['-F', `file=@${archive}`, '-F', 'remote_path=models/a.tar']);
    expect(uploaded.json).to.include({ exit_code: 0, remote_path: 'models/a.tar' });
    const ports = [{ port: 9_000, protocol: 'tcp' }];
    expect((await send('PATCH /vms', { updates: [{ id, openPorts: ports }] })).status).to.equal(204);
    const build = (...more: readonly string[]) =>
      curl(`POST /vms/${id}/docker/local`, ['-F', `upload=${String(uploaded.json['upload'])}`, ...more]);
    // As for whoever has no time, or a proxy between that has none.
    const begun = await build('-F', 'wait_seconds=0');
    expect([begun.status, begun.json['status'], begun.json['exit_code']]).to.deep.equal([202, 'deploying', null]);
    const built = await build();
    expect([built.status, built.json['exit_code'], built.json['container_name']]).to.deep.equal([200, 0, id]);
    expect(built.json['ports']).to.have.all.keys('3000', '9000');
    expect((await curl(`GET /vms/${id}`)).json['openPorts']).to.deep.equal(ports);
    const running = await fleet.instances(id);
    expect(running.map((instance) => instance.id)).to.deep.equal([built.json['instance']]);
    expect((await send('PATCH /vms', { updates: [{ id, openPorts: [] }] })).status).to.equal(204);
    expect((await build('-F', 'wait_seconds=0')).status).to.equal(202);
    // Asked for again it is waited for, not what it replaces.
    const replaced = await build();
    expect([replaced.status, replaced.json['instance'] === built.json['instance']]).to.deep.equal([200, false]);
    expect(replaced.json['ports']).to.have.all.keys('3000');
  });

  it('is refused what is wrong, by its field, whoever nobody knows, and what is not there', async () => {
    const [id = ''] = await vmIds();
    const wrong = await send('POST /deploy', { walletAddress: 7, constraints: { basicConfiguration: 'cpu-lots' } });
    const violations = wrong.json['violations'] as readonly Fields[]; // of a problem
    expect(violations.map(({ path }) => path)).to.have.members(['walletAddress', 'constraints.basicConfiguration']);
    expect((await curl('GET /vms', [], 'stranger')).status).to.equal(401);
    expect((await send('POST /deploy', {}, 'viewer')).status).to.equal(403);
    expect(await refusal(curl('GET /vms/nobody'))).to.deep.equal([404, 'machine_not_found']);
    expect(await refusal(send('DELETE /vms', { vmIds: [id, 'nobody'] }))).to.deep.equal([404, 'machine_not_found']);
    const file = `file=@${join(temp.path, 'broken')};filename=`;
    for (const name of ['../../etc/cron.d/x', '/etc/passwd'])
      expect(await refusal(curl(`POST /vms/${id}/upload`, ['-F', `${file}${name}`]))).to.deep.equal([
        400,
        'request_invalid',
      ]);
    const out = ['-F', `${file}a`, '-F', 'remote_path=../a'];
    expect(await refusal(curl(`POST /vms/${id}/upload`, out))).to.deep.equal([400, 'request_invalid']);
    const inside = send(`POST /vms/${id}/docker/url`, { dockerfile_url: 'http://169.254.169.254/Dockerfile' });
    expect(await refusal(inside)).to.deep.equal([403, 'model_address_private']);
  });

  it('has machines renamed, and given back with all that was deployed on them', async () => {
    const ids = await vmIds();
    const [id = ''] = ids;
    expect((await send('PATCH /vms', { updates: [{ id, vmName: 'llm-miner-1' }] })).status).to.equal(204);
    expect((await curl(`GET /vms/${id}`)).json).to.include({ vmName: 'llm-miner-1' });
    expect((await send('DELETE /vms', { vmIds: ids })).status).to.equal(204);
    await fleet.until('the machines to be free', async () => (await vmIds()).length === 0);
    expect((await fleet.fleet.listMiners({ pageSize: 10 })).miners).to.deep.equal([]);
    expect((await fleet.host('alpha')).state).to.equal(HostState.READY);
  });
});
