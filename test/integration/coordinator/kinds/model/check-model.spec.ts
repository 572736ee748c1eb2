import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { systemClock } from '../../../../../common/model/clock.js';
import { runCli } from '../../../../../coordinator/cli/program.js';
import { checkModel, modelUrl } from '../../../../../coordinator/kinds/model/index.js';
import { captureWorld } from '../../../../support/captured-world.js';
import { waitFor } from '../../../../support/wait-for.js';

const GOOD: Readonly<Record<string, object>> = {
  'GET /health': { status: 'healthy', model_loaded: true, uptime: '1m' },
  'GET /info': { model_name: 'm', model_type: 'llm', version: '1', capabilities: [], max_context_length: 10 },
  'POST /api/chat': { response: '4', model: 'm', timestamp: '2024-01-15T10:30:00Z', processing_time: 0 },
};

const goodAt =
  (prefix: string): RequestListener =>
  ({ method, url }, response) => {
    const body = GOOD[`${method ?? ''} ${(url ?? '').startsWith(prefix) ? (url ?? '').slice(prefix.length) : ''}`];
    response
      .writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(body));
  };

describe('checking a model', () => {
  let server: { close(): unknown } | undefined;
  let connections: () => Promise<number>;
  afterEach(() => server?.close());

  async function served(made: Server | ReturnType<typeof createTcpServer>): Promise<string> {
    server = made;
    connections = () =>
      new Promise((resolve) => {
        made.getConnections((_error, count) => {
          resolve(count);
        });
      });
    await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
    // A TCP server has an address with a port.
    return `http://127.0.0.1:${String((made.address() as AddressInfo).port)}`;
  }

  const check = (url: string, timeoutMs = 2_000, signal = new AbortController().signal) =>
    checkModel(modelUrl(url), { clock: systemClock, timeoutMs, signal });

  it('asks by each route, below a path as well, and ends with 0 where the contract is met', async () => {
    const below = await served(createServer(goodAt('/prefix')));
    for (const base of [`${below}/prefix`, `${below}/prefix/`]) expect((await check(base)).conforms).to.equal(true);
    server?.close();
    const url = await served(createServer(goodAt('')));
    for (const base of [url, `${url}/`]) {
      const report = await check(base);
      expect(report.conforms, JSON.stringify(report.points)).to.equal(true);
      expect(report.points).to.have.lengthOf(12);
    }
    const world = captureWorld();
    expect(await runCli(['models', 'check', url], world)).to.equal(0);
    expect(world.stdout.text).to.contain('met: 12 met, 0 accepted, 0 broken');
  });

  it('asks as the guide does, and follows no redirect', async () => {
    const asked: string[] = [];
    const url = await served(
      createServer((request, response) => {
        request.setEncoding('utf8');
        let body = '';
        request.on('data', (text: string) => (body += text));
        request.on('end', () => {
          asked.push(`${request.method ?? ''} ${request.url ?? ''} ${body}`);
          response.writeHead(302, { location: '/elsewhere' }).end();
        });
      }),
    );
    const report = await check(url);
    expect(report.points.map(({ point, mark, found }) => [point, mark, found?.slice(0, 10)])).to.deep.equal(
      Array.from({ length: 3 }, () => ['answer', 'broken', 'status 302']),
    );
    expect(asked.map((line) => line.split(' ', 2).join(' '))).to.deep.equal([
      'GET /health',
      'GET /info',
      'POST /api/chat',
    ]);
    expect(JSON.parse(asked[2]?.slice('POST /api/chat '.length) ?? '')).to.include({
      temperature: 0.2,
      max_tokens: 150,
    });
  });

  it('tells by the exit code and in JSON what is broken', async () => {
    const url = await served(createServer((_request, response) => response.writeHead(500).end('{"response": "4"}')));
    const world = captureWorld();
    expect(await runCli(['-o', 'json', 'models', 'check', url], world)).to.equal(1);
    const report = JSON.parse(world.stdout.text) as { conforms: boolean; points: { mark: string; found: string }[] };
    expect(report.conforms).to.equal(false);
    expect(report.points.map(({ mark }) => mark)).to.deep.equal(['broken', 'broken', 'broken']);
    expect(report.points[0]?.found).to.match(/^status 500/);
  });

  const hostile: readonly (readonly [string, string, () => Server | ReturnType<typeof createTcpServer>])[] = [
    ['hangs before it answers', 'no whole answer within', () => createServer(() => undefined)],
    [
      'hangs within its answer',
      'no whole answer within',
      () => createServer((_request, response) => response.write('{')),
    ],
    [
      ...(['speaks for ever, slowly', 'no whole answer within'] as const),
      () =>
        createServer((_request, response) => {
          const beat = setInterval(() => response.write(' '), 20);
          response.on('close', () => {
            clearInterval(beat);
          });
        }),
    ],
    [
      ...(['speaks for ever, as fast as it can', 'more than 1048576 bytes'] as const),
      () =>
        createServer((_request, response) => {
          const more = (): void => {
            while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x')));
          };
          response.on('drain', more);
          more();
        }),
    ],
    [
      'is no HTTP',
      'no answer (HPE_',
      () =>
        createTcpServer((socket) =>
          socket
            .resume()
            .on('error', () => undefined)
            .end('garbage\r\n\r\n'),
        ),
    ],
    [
      'has headers without end',
      'no answer (HPE_',
      () =>
        createTcpServer((socket) =>
          socket
            .resume()
            .on('error', () => undefined)
            .end(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`),
        ),
    ],
    [
      'ends the connection',
      'no answer (ECONNRESET)',
      () => createTcpServer((socket) => socket.on('error', () => undefined).on('data', () => socket.destroy())),
    ],
  ];
  for (const [what, found, serve] of hostile)
    it(`ends soon with a model that ${what}`, async () => {
      const report = await check(await served(serve()), 300);
      expect(report.points.map(({ point, mark }) => `${point} ${mark}`)).to.deep.equal([
        'answer broken',
        'answer broken',
        'answer broken',
      ]);
      for (const point of report.points) expect(point.found).to.contain(found);
      for (const tookMs of Object.values(report.tookMs)) expect(tookMs).to.be.below(5_000);
      await waitFor('the end of its connections', async () => (await connections()) === 0);
    });

  it('says where nobody is, and what is no address', async () => {
    const url = await served(createServer(goodAt('')));
    await new Promise((resolve) => (server as Server).close(resolve));
    server = undefined;
    expect((await check(url)).points[0]?.found).to.equal('no answer (ECONNREFUSED)');
    for (const text of [
      'model',
      'ftp://a',
      'http://user:word@a',
      'http://a?token=b',
      '/etc/passwd',
      'file:///etc/passwd',
    ])
      expect(() => modelUrl(text), text)
        .to.throw()
        .with.property('reason', 'model_url_invalid');
  });

  it('ends at once with whoever asked', async () => {
    const url = await served(createServer(() => undefined));
    const stop = new AbortController();
    let ended: unknown;
    void check(url, 60_000, stop.signal).catch((error: unknown) => (ended = error));
    await waitFor('the request', async () => (await connections()) > 0);
    stop.abort(new Error('enough'));
    expect(await waitFor('its end', () => ended, 5_000)).to.have.property('message', 'enough');
    await waitFor('the end of its connections', async () => (await connections()) === 0);
  });
});
