import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { InstanceState } from '../../../common/gen/headframe/v1/instance_pb.js';
import { describeWithDocker } from '../../support/docker.js';
import { RunningFleet, lifeOf } from '../../support/running-fleet.js';

/** As many as an agent pulls at once: one more and another's turn would never come. */
const SILENT = ['silent-1', 'silent-2', 'silent-3'];

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const LAYER_BYTES = 1_000_000;
const IMAGE = 'application/vnd.docker.distribution.manifest.v2+json';

/** An image of one layer, which nobody has: every image has its own, for an engine asks once for what many share. */
function imageOf(name: string): { config: string; manifest: string } {
  const layer = digestOf(`the layer of ${name}`);
  const config = JSON.stringify({ os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [layer] } });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: IMAGE,
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      size: config.length,
      digest: digestOf(config),
    },
    layers: [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', size: LAYER_BYTES, digest: layer }],
  });
  return { config, manifest };
}

describeWithDocker('registries that take calls and never answer', function () {
  this.timeout(120_000);
  let asked = 0;
  const silent = registry((url, response) => {
    const { config, manifest } = imageOf(url.split('/')[2] ?? '');
    if (url.includes('/manifests/')) response.setHeader('Content-Type', IMAGE).end(manifest);
    else if (url.includes(digestOf(config))) response.end(config);
    else keep(response);
  });
  function keep(response: ServerResponse): void {
    response.writeHead(200, { 'Content-Length': LAYER_BYTES }).write('a first byte, and no second');
    asked += 1;
  }
  const empty = registry((_url, response) => {
    response.writeHead(404);
    response.end(JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] }));
  });
  let fleet: RunningFleet;
  before(async () => {
    await Promise.all([listen(silent), listen(empty)]);
    fleet = await RunningFleet.open({ alpha: {} });
  });
  after(async () => {
    for (const server of [silent, empty]) {
      server.close();
      server.closeAllConnections();
    }
    await fleet.close();
  });

  async function pullFrom(server: Server, name: string): Promise<void> {
    const image = `127.0.0.1:${String(portOf(server))}/${name}:1`;
    await fleet.apply({ name, pullPolicy: 'ifNotPresent', container: { image } });
  }

  async function isPulling(name: string): Promise<boolean> {
    const { state, reason } = await fleet.instance(name);
    return state === InstanceState.PREPARING && reason === 'image_pulling';
  }

  it('hold up no other image, no container and no deletion, over a restart of the agent too', async () => {
    for (const name of SILENT) await pullFrom(silent, name);
    for (const name of SILENT) await fleet.until(`${name} to be pulled`, () => isPulling(name));
    await fleet.until('the registry to be asked', () => asked >= SILENT.length);

    await fleet.apply({ name: 'local' });
    await fleet.running('local', 1);
    const before = lifeOf(await fleet.container('local'));

    await pullFrom(empty, 'answered');
    await fleet.until(
      'the other registry to be heard',
      async () => (await fleet.instance('answered')).reason === 'image_not_found',
    );
    expect(await Promise.all(SILENT.map(isPulling))).to.deep.equal([true, true, true]);

    await fleet.agent('alpha').end('SIGKILL');
    await fleet.startAgent('alpha');
    await fleet.apply({ name: 'later' });
    await fleet.running('later', 1);
    expect(await Promise.all(SILENT.map(isPulling))).to.deep.equal([true, true, true]);
    expect(lifeOf(await fleet.container('local'))).to.deep.equal(before);

    await fleet.remove(...SILENT, 'answered', 'later');
    expect(lifeOf(await fleet.container('local'))).to.deep.equal(before);
  });
});

/** A registry that says it is one, and whose images are what the test makes of them. */
function registry(answer: (url: string, response: ServerResponse) => void): Server {
  return createServer((request, response) => {
    response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
    if (request.url === '/v2/') response.end('{}');
    else answer(request.url ?? '', response);
  });
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
}

function portOf(server: Server): number {
  // A TCP server's address is its host and port.
  return (server.address() as AddressInfo).port;
}
