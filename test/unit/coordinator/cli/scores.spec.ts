import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { addressAndPort } from '../../../../coordinator/cli/endpoint-argument.js';
import { readScores } from '../../../../coordinator/cli/scores.js';
import { captureWorld } from '../../../support/captured-world.js';
import { expectReason } from '../../../support/expect-reason.js';
import { makeTempDir } from '../../../support/temp-dir.js';

const ADDRESS = '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty';

describe('scores for weights', () => {
  let dir: Awaited<ReturnType<typeof makeTempDir>>;
  let server: Server;
  let url: string;
  before(async () => {
    dir = await makeTempDir();
    server = createServer((request, response) => {
      if (request.url === '/away') response.writeHead(302, { location: '/scores' }).end();
      else if (request.url === '/none') response.writeHead(404).end('{}');
      else if (request.url === '/endless') response.end(' '.repeat(1024 * 1024 + 1));
      else response.end('{"7": 0.25}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : 0)}`;
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await dir[Symbol.asyncDispose]();
  });

  const read = (source: string, stdin = '') =>
    readScores(captureWorld({ stdin }), source, new AbortController().signal);

  it('are read from a file, stdin and by HTTP', async () => {
    const file = join(dir.path, 'scores.json');
    await writeFile(file, JSON.stringify({ 3: 0.5, [ADDRESS]: 1 }));
    expect(await read(file)).to.deep.equal({ 3: 0.5, [ADDRESS]: 1 });
    expect(await read('-', '{"0": 0}')).to.deep.equal({ 0: 0 });
    expect(await read(`${url}/scores`)).to.deep.equal({ 7: 0.25 });
  });

  it('are refused where they are none, or too much of it', async () => {
    for (const source of [`${url}/away`, `${url}/none`, `${url}/endless`, join(dir.path, 'missing')])
      await expectReason(read(source), 'scores_unreadable');
    await expectReason(read('-', 'no JSON'), 'scores_unreadable');
    for (const text of ['[]', '{"a": 1}', '{"1": -1}', '{"1": "2"}', '{"1": null}', '7'])
      await expectReason(read('-', text), 'scores_invalid');
    const many = Object.fromEntries(Array.from({ length: 4_097 }, (_, uid) => [uid, 1]));
    await expectReason(read('-', JSON.stringify(many)), 'scores_invalid');
  });
});

describe('an endpoint in an option', () => {
  it('is an address and a port', async () => {
    expect(addressAndPort('203.0.113.7:8091')).to.deep.equal({ ip: '203.0.113.7', port: 8091 });
    expect(addressAndPort('[2001:db8::7]:1')).to.deep.equal({ ip: '2001:db8::7', port: 1 });
    for (const text of ['miner.example:80', '203.0.113.7', '2001:db8::7:80', ':80', '203.0.113.7:123456'])
      await expectReason(
        Promise.resolve().then(() => addressAndPort(text)),
        'serving_invalid',
      );
  });
});
