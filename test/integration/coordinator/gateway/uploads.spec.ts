import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { connect } from 'node:tls';
import { expect } from 'chai';
import { pack } from 'tar-stream';
import { toJson } from '@bufbuild/protobuf';
import { MinerSpecSchema } from '../../../../common/gen/headframe/v1/miner_pb.js';
import { parseManifest } from '../../../../common/model/manifest/index.js';
import { minerSpecToWire } from '../../../../common/wire/client.js';
import { adminCertificates } from '../../../support/host-certificates.js';
import { openGatewayFixture } from '../../../support/gateway-fixture.js';
import type { GatewayFixture } from '../../../support/gateway-fixture.js';
import { httpClient } from '../../../support/http-client.js';
import type { HttpAnswer } from '../../../support/http-client.js';
import { waitFor } from '../../../support/wait-for.js';

const MIB = 2 ** 20;
const GIGABYTE = 2 ** 30;
const DOCKERFILE = 'FROM scratch\n';

/** Of all files in a folder; one that goes meanwhile is none. */
async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      stat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

describe('uploads of models over HTTP', () => {
  let gateway: GatewayFixture;
  let operator: string;
  let authorities: Buffer;
  let ask: ReturnType<typeof httpClient>;

  before(async () => {
    gateway = await openGatewayFixture({ models: { maxUpload: '1MiB' } });
    operator = await gateway.token('operator');
    ({ authorities } = await adminCertificates(gateway.folder));
    ask = httpClient(gateway.address, authorities);
  });
  after(() => gateway.close());

  function upload(body: string, token = operator, type = 'application/octet-stream'): Promise<HttpAnswer> {
    return ask('/v1/models/uploads', { verb: 'POST', token, body, headers: { 'content-type': type } });
  }

  it('are taken as they are, and applied by their digest', async () => {
    const { status, json, text } = await upload(DOCKERFILE);
    expect(status, text).to.equal(200);
    expect(json).to.deep.include({ files: 1 });
    const source = { upload: json['digest'] };
    const parsed = parseManifest({ kind: 'model', name: 'tiny', replicas: 0, model: { source, port: 3000 } });
    if ('violations' in parsed) throw new Error(JSON.stringify(parsed.violations));
    const miners = [toJson(MinerSpecSchema, minerSpecToWire(parsed.value))];
    const applied = await gateway.send(operator, 'POST /v1/miners', { miners });
    expect(applied.status, applied.text).to.equal(200);
    const { miner } = await gateway.fleet.getMiner({ name: 'tiny' });
    const section = miner?.spec?.section;
    expect(section?.case === 'model' && section.value.build?.content).to.equal(json['digest']);
    const other = await gateway.send(operator, 'POST /v1/miners', {
      miners: [
        JSON.parse(JSON.stringify(miners[0]).replace(String(json['digest']), `sha256:${'0'.repeat(64)}`)) as object,
      ],
    });
    expect([other.status, other.json['reason']]).to.deep.equal([409, 'model_upload_unknown']);
  });

  it('are refused to whoever may apply nothing, and where they are too large or no archive', async () => {
    const viewer = await gateway.token('viewer');
    expect([(await upload(DOCKERFILE, viewer)).status, (await upload(DOCKERFILE, '')).status]).to.deep.equal([
      403, 401,
    ]);
    const large = await upload('x'.repeat(MIB + 1));
    expect(large.json).to.include({ reason: 'model_archive_invalid' });
    const archive = `${'\0'.repeat(257)}ustar\0`.padEnd(512, '\0');
    expect((await upload(archive.repeat(2 * 1024 + 1))).json['reason']).to.match(
      /model_too_large|model_archive_invalid/,
    );
    expect((await upload('')).status).to.equal(400);
  });

  it('of a gigabyte are refused as soon as they are larger than they may be, and neither held nor kept', async function () {
    this.timeout(60_000);
    const archive = pack();
    archive.entry({ name: 'weights', size: GIGABYTE });
    // The header of what comes.
    const [head] = (await once(archive, 'data')) as [Buffer];
    const most = { keptBytes: 0, residentBytes: 0 };
    const look = async (): Promise<void> => {
      most.keptBytes = Math.max(most.keptBytes, await bytesBelow(gateway.folder));
      most.residentBytes = Math.max(most.residentBytes, process.memoryUsage.rss());
    };
    await look();
    const before = { ...most };
    let sentBytes = 0;
    async function* pieces(): AsyncGenerator<Buffer> {
      yield head;
      const zeros = Buffer.alloc(MIB);
      for (; sentBytes < GIGABYTE; sentBytes += MIB) {
        if (sentBytes % (32 * MIB) === 0) await look();
        yield zeros;
      }
    }
    const [host = '', port = ''] = gateway.address.split(':');
    const socket = connect({ host, port: Number(port), ca: authorities });
    let answers = '';
    socket.on('data', (data: Buffer) => (answers += data.toString()));
    const headers = `host: ${gateway.address}\r\nauthorization: Bearer ${operator}\r\n`;
    const type = 'content-type: application/octet-stream\r\n';
    const length = `content-length: ${String(GIGABYTE + head.length)}\r\n`;
    socket.write(`POST /v1/models/uploads HTTP/1.1\r\n${headers}${type}${length}\r\n`);
    const sent = pipeline(pieces, socket, { end: false });
    await waitFor('the refusal', () => answers.includes('model_too_large') || undefined);
    const sentAtAnswer = sentBytes;
    expect(answers).to.match(/^HTTP\/1.1 413 /);
    // Whoever goes on sending is read, no more than that, and may ask something else.
    await sent;
    await look();
    socket.write(`GET /v1/models HTTP/1.1\r\n${headers}\r\n`);
    await waitFor('the next answer', () => answers.includes('HTTP/1.1 200 ') || undefined);
    socket.destroy();
    expect([sentAtAnswer < 64 * MIB, sentBytes]).to.deep.equal([true, GIGABYTE]);
    expect(most.keptBytes - before.keptBytes).to.be.below(8 * MIB);
    expect(most.residentBytes - before.residentBytes).to.be.below(256 * MIB);
    expect((await upload(DOCKERFILE)).status).to.equal(200);
  });

  it('of one name at once are each taken whole: the later decides, and of two that expect the same before it one is refused', async () => {
    const specOf = async (label: string): Promise<{ spec: object; digest: unknown }> => {
      const { json } = await upload(`FROM scratch\nLABEL which=${label}\n`);
      const model = { source: { upload: json['digest'] }, port: 3000 };
      const parsed = parseManifest({ kind: 'model', name: 'twin', replicas: 0, model });
      if ('violations' in parsed) throw new Error(JSON.stringify(parsed.violations));
      return { spec: toJson(MinerSpecSchema, minerSpecToWire(parsed.value)) as object, digest: json['digest'] };
    };
    type Made = Awaited<ReturnType<typeof specOf>>;
    const apply = (made: readonly Made[], headers: Record<string, string> = {}) =>
      Promise.all(made.map(({ spec }) => gateway.send(operator, 'POST /v1/miners', { miners: [spec] }, headers)));
    const kept = async () => {
      const { miner } = await gateway.fleet.getMiner({ name: 'twin' });
      const section = miner?.spec?.section;
      return { revision: miner?.revision, content: section?.case === 'model' && section.value.build?.content };
    };
    const first = await Promise.all(['one', 'other'].map(specOf));
    expect((await apply(first)).map(({ status }) => status)).to.deep.equal([200, 200]);
    expect(first.map(({ digest }) => digest)).to.include((await kept()).content);
    const second = await Promise.all(['third', 'fourth'].map(specOf));
    // What the fleet does by itself may change the revision in between, and both are refused then.
    const statuses = await waitFor('one to be applied', async () => {
      const told = await apply(second, { 'if-match': `"${String((await kept()).revision)}"` });
      return told.some(({ status }) => status === 200) && told.map(({ status }) => status);
    });
    expect(statuses).to.have.members([200, 412]);
    expect((await kept()).content).to.equal(second[statuses.indexOf(200)]?.digest);
  });

  it('are nothing that another route takes', async () => {
    const headers = { 'content-type': 'application/x-tar' };
    const { status } = await ask('/v1/miners', { verb: 'POST', token: operator, body: DOCKERFILE, headers });
    expect(status).to.equal(415);
  });
});
