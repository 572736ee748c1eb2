import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import type { IncomingHttpHeaders } from 'node:http2';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { readStatus } from '../../agent/status-socket.js';
import { IDENTITY_FILES } from '../../common/config/index.js';
import { InstanceState } from '../../common/gen/headframe/v1/instance_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import { describeWithDocker, testImage } from '../support/docker.js';
import { manifestOf } from '../support/manifest.js';
import { RunningFleet, lifeOf } from '../support/running-fleet.js';
import { makeTempDir } from '../support/temp-dir.js';

const WRONG = `
kind: container
name: Not A Name
container: { image: "", comand: [sleep] }
---
kind: container
name: second
resources: { memory: 1MiB, cpu: lots }
container: { image: "x:1" }
`;

describeWithDocker('what is wrong from outside', function () {
  this.timeout(60_000);
  let fleet: RunningFleet;
  before(async () => {
    fleet = await RunningFleet.open({ alpha: {} });
    await fleet.apply({ name: 'bystander' });
    await fleet.running('bystander', 1);
  });
  after(() => fleet.close());
  // Whatever was sent: everybody else never notices.
  let bystander: ReturnType<typeof lifeOf>;
  beforeEach(async () => {
    bystander = lifeOf(await fleet.container('bystander'));
  });
  afterEach(async () => {
    expect(lifeOf(await fleet.container('bystander'))).to.deep.equal(bystander);
    expect((await fleet.instance('bystander')).restarts).to.equal(0);
    expect(fleet.coordinator.running && fleet.agent('alpha').running).to.equal(true);
  });

  it('in manifests is told all at once, with file, document, path, value and what is expected; nothing is applied', async () => {
    await using temp = await makeTempDir();
    await writeFile(join(temp.path, 'good.yaml'), manifestOf({ name: 'good' }));
    await writeFile(join(temp.path, 'wrong.yaml'), WRONG);
    const { code, stdout, stderr } = await fleet.headframe(['apply', '-f', temp.path, '-o', 'json']);
    expect(code).to.equal(2);
    expect(stdout).to.equal('');
    const { error } = JSON.parse(stderr) as { error: { reason: string; violations: Violation[] } }; // by -o json
    expect(error.reason).to.equal('manifest_invalid');
    const told = error.violations.map(({ document, path }) => `${document.replace(/.*\//, '')} ${path}`);
    expect(told).to.have.members([
      'wrong.yaml#1 name',
      'wrong.yaml#1 container.image',
      'wrong.yaml#1 container.comand',
      'wrong.yaml#2 resources.memory',
      'wrong.yaml#2 resources.cpu',
    ]);
    const cpu = error.violations.find(({ path }) => path === 'resources.cpu');
    expect(cpu?.value).to.equal('"lots"');
    for (const { expected } of error.violations) expect(expected).not.to.equal('');
    const { miners } = await fleet.fleet.listMiners({});
    expect(miners.map(({ spec }) => spec?.name)).to.deep.equal(['bystander']);
  });

  it('on the command line ends with exit code 2 and changes nothing', async () => {
    for (const args of [
      ['apply'],
      ['apply', '-f', '/no/such/file'],
      ['miners', 'scale', 'bystander', 'many'],
      ['nonsense'],
    ])
      expect((await fleet.headframe(args)).code, args.join(' ')).to.equal(2);
    expect((await fleet.headframe(['miners', 'scale', 'bystader', '3'])).code).to.equal(3);
  });

  it('in an image is told, tried seldom, and mended by itself once the image is there', async () => {
    const image = `headframe-test/late-${fleet.hostId('x')}:1`;
    const beganAt = Date.now();
    await fleet.apply({ name: 'imageless', container: { image } });
    const waiting = await fleet.until('the reason to be told', async () => {
      const instance = await fleet.instance('imageless');
      return instance.reason === 'image_not_found' && instance;
    });
    expect(waiting.state).to.equal(InstanceState.PREPARING);
    expect(waiting.text).not.to.equal('');
    expect(await fleet.containers('imageless')).to.deep.equal([]);

    const [repo = '', tag = ''] = image.split(':');
    await fleet.engine.docker.getImage(testImage).tag({ repo, tag });
    try {
      await fleet.running('imageless', 1);
      expect((await fleet.container('imageless')).Config.Image).to.equal(image);
      const created = (await fleet.engineEvents(beganAt, 'imageless')).filter(({ action }) => action === 'create');
      expect(created).to.have.length(1);
      await fleet.remove('imageless');
    } finally {
      await fleet.engine.docker.getImage(image).remove();
    }
  });

  it('in a mount that the host does not allow is told, and makes no container', async () => {
    const mounts = [{ target: '/etc-of-host', hostPath: '/etc' }];
    await fleet.apply({ name: 'nosy', container: { mounts } });
    await fleet.ended('nosy', 'mount_not_allowed');
    await fleet.waiting('nosy', 'retry_backoff');
    expect(await fleet.containers('nosy')).to.deep.equal([]);
    await fleet.remove('nosy');
  });

  it('in a user or a command is told', async () => {
    await fleet.apply(
      { name: 'userless', container: { user: 'nobody-here' } },
      { name: 'too-large', resources: { memory: '64GiB' } },
    );
    await fleet.until(
      'the user to be missed',
      async () => (await fleet.instance('userless')).reason === 'user_not_found',
    );
    const { code, stderr } = await fleet.headframe(['miners', 'wait', 'too-large', '--timeout', '1s', '-o', 'json']);
    expect(code).to.equal(6);
    expect(stderr).to.include('impossible_resources');
    await fleet.remove('userless', 'too-large');
  });

  it("in a second agent with a copy of the first one's folder is refused, and the first goes on", async () => {
    const twin = fleet.agentFolder('twin');
    await mkdir(twin, { recursive: true });
    await cp(fleet.agentFolder('alpha'), twin, { recursive: true, filter: (path) => !/(?:\.sock|\/lock)$/.test(path) });
    const program = await fleet.startAgent('twin');
    try {
      await fleet.until('the twin to be refused', async () => (await fleet.log('twin')).includes('host_id_in_use'));
      expect((await readStatus(twin)).connected).to.equal(false);
      expect((await readStatus(fleet.agentFolder('alpha'))).connected).to.equal(true);
      const { hosts } = await fleet.hosts.listHosts({});
      expect(hosts.map(({ name }) => name)).to.deep.equal(['alpha']);
    } finally {
      await program.end('SIGTERM');
      await rm(twin, { recursive: true });
    }
  });

  it('in the folder of a second agent on one host is refused at its start', async () => {
    const second = await fleet.headframe(['agent', 'start', '--data-dir', fleet.agentFolder('alpha')]);
    expect(second.code).not.to.equal(0);
    expect((await readStatus(fleet.agentFolder('alpha'))).pid).to.equal(fleet.agent('alpha').pid);
    const third = await fleet.headframe([
      'coordinator',
      'start',
      '--data-dir',
      fleet.storeFolder,
      '--listen',
      '127.0.0.1:0',
    ]);
    expect(third.code).not.to.equal(0);
  });

  it('in bytes is refused: no protocol, no message, no end', async () => {
    await sendNoise(fleet.address);
    const garbage = await postRaw(
      fleet,
      '/headframe.v1.FleetService/ApplyMiners',
      Buffer.from([0, 0, 0, 0, 2, 0xff, 0xff]),
    );
    expect(['3', '13']).to.include(garbage);
    const cutOff = await postRaw(fleet, '/headframe.v1.AgentService/Session', Buffer.from([0, 0, 0, 1, 0, 1]));
    expect(cutOff).not.to.equal('0');
    expect(await postRaw(fleet, '/headframe.v1.FleetService/NoSuchMethod', Buffer.alloc(5))).to.equal('12');
    const oversized = await fleet.fleet
      .applyMiners({ miners: [{ name: 'x'.repeat(17 * 2 ** 20) }] })
      .catch((error: unknown) => error);
    expect(oversized).to.be.instanceOf(HeadframeError);
    expect(oversized).to.include({ code: 'resource_exhausted' });
    expect((await fleet.fleet.getFleetStatus({})).hostsReady).to.equal(1);
  });
});

interface Violation {
  readonly document: string;
  readonly path: string;
  readonly value?: string;
  readonly expected: string;
}

/** Sends what is no HTTP/2 at all; resolves when the other side has had enough. */
function sendNoise(address: string): Promise<void> {
  const { hostname, port } = new URL(`http://${address}`);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(Buffer.alloc(100_000, 0x41)));
    socket.resume();
    socket.on('error', () => undefined); // a reset is as good as an end
    socket.once('close', () => {
      resolve();
    });
  });
}

/** Posts a body as gRPC to a method, as the admin; resolves with the status that comes back. */
async function postRaw({ address, adminFolder }: RunningFleet, path: string, body: Buffer): Promise<string> {
  const [key, cert] = await Promise.all(
    [IDENTITY_FILES.key, IDENTITY_FILES.certificate].map((name) => readFile(join(adminFolder, name))),
  );
  // What is wrong is told by whoever called: the coordinator's certificate is another test's.
  const session = connectHttp2(`https://${address}`, { key, cert, rejectUnauthorized: false });
  return new Promise<string>((resolve, reject) => {
    const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' };
    const stream = session.request(headers);
    const take = ({ 'grpc-status': status }: IncomingHttpHeaders): void => {
      if (typeof status === 'string') resolve(status);
    };
    stream.on('response', take).on('trailers', take).on('error', reject);
    stream.resume();
    stream.end(body);
  }).finally(() => session.close());
}
