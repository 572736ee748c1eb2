import { readdir, stat } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { preferredEncoding } from '../../../../coordinator/dashboard/encoding.js';
import { Site } from '../../../../coordinator/dashboard/index.js';
import { buildPage } from '../../../../deploy/tooling/build-page.mjs';
import { makeTempDir } from '../../../support/temp-dir.js';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

describe('the page of the dashboard as it is served', () => {
  let temp: AsyncDisposable & { path: string };
  let server: Server;
  before(async () => {
    temp = await makeTempDir();
    await buildPage(temp.path);
    const site = await Site.open(temp.path);
    server = createServer((asked, response) => {
      if (site?.answer(asked, response) !== true) response.writeHead(418).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  after(async () => {
    server.close();
    await temp[Symbol.asyncDispose]();
  });

  function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
    // A TCP server has an address with a port.
    const { port } = server.address() as AddressInfo;
    return new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path, headers, method, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
        });
      });
      asked.on('error', reject).end();
    });
  }

  /** What the page names of what it loads. */
  async function loaded(): Promise<string[]> {
    const { body } = await ask('/');
    return [...body.toString().matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => `/${path}`);
  }

  it('loads less than 150 kB compressed, all of it from where it is', async () => {
    const paths = ['/', ...(await loaded())];
    expect(paths).to.have.length(4);
    const answers = await Promise.all(paths.map((path) => ask(path, { 'accept-encoding': 'br, gzip' })));
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200, 200]);
    const sum = answers.reduce((total, { body }) => total + body.length, 0);
    expect(sum).to.be.within(10_000, 150_000);
  });

  it('lets browsers keep what goes by its hash for ever, and asks again for the page itself', async () => {
    const [asset = ''] = await loaded();
    expect((await ask(asset)).headers['cache-control']).to.equal('public, max-age=31536000, immutable');
    const page = await ask('/');
    expect(page.headers['cache-control']).to.equal('no-cache');
    const again = await ask('/', { 'if-none-match': page.headers.etag ?? '' });
    expect([again.status, again.body.length]).to.deep.equal([304, 0]);
    // The compressed form is other bytes.
    const compressed = await ask('/', { 'if-none-match': page.headers.etag ?? '', 'accept-encoding': 'br' });
    expect(compressed.status).to.equal(200);
    expect(compressed.headers.vary).to.equal('accept-encoding');
  });

  it('runs no script but its own, and is shown in no page of others', async () => {
    for (const path of ['/', ...(await loaded())]) {
      const { headers } = await ask(path);
      const policy = headers['content-security-policy'] ?? '';
      expect(policy)
        .to.include("default-src 'none'")
        .and.include("script-src 'self'")
        .and.include("frame-ancestors 'none'");
      expect(policy).not.to.include('unsafe');
      expect(headers['x-content-type-options']).to.equal('nosniff');
      expect(headers['set-cookie']).to.equal(undefined);
    }
    expect((await ask('/')).body.toString()).not.to.match(/<script(?![^>]*src=)|style=|\son\w+=/);
  });

  it('says what it is sent compressed by, and is as it was where nothing else is taken', async () => {
    const [, , script = ''] = await loaded();
    const whole = await ask(script);
    expect(whole.headers['content-encoding']).to.equal(undefined);
    for (const encoding of ['br', 'gzip']) {
      const { headers, body } = await ask(script, { 'accept-encoding': encoding });
      expect(headers['content-encoding']).to.equal(encoding);
      expect(body.length).to.be.below(whole.body.length / 2);
    }
    const head = await ask(script, {}, 'HEAD');
    expect([head.headers['content-length'], head.body.length]).to.deep.equal([String(whole.body.length), 0]);
  });

  it('leaves alone what is not of the page, whatever a path says', async () => {
    const paths = ['/v1/miners', '/assets/', '/assets/../index.html', '/assets/%2e%2e/index.html', '/index.html', '//'];
    for (const path of [...paths, '/assets/index.html.br']) expect((await ask(path)).status).to.equal(418);
    expect((await ask('/', {}, 'POST')).status).to.equal(418);
    expect((await ask('/?token=x')).status).to.equal(200);
  });

  it('is nothing where it was not built', async () => {
    expect(await Site.open(join(temp.path, 'missing'))).to.equal(undefined);
  });

  it('keeps no form that is larger than the file itself', async () => {
    for (const name of await readdir(temp.path)) {
      const whole = name.replace(/\.(br|gz)$/, '');
      const [form, file] = await Promise.all([stat(join(temp.path, name)), stat(join(temp.path, whole))]);
      expect(form.size).to.be.at.most(file.size);
    }
  });

  it('takes the smallest form that a client takes', () => {
    const all = ['br', 'gzip', 'identity'] as const;
    const cases: readonly (readonly [string | undefined, string])[] = [
      [undefined, 'identity'],
      ['', 'identity'],
      ['gzip, deflate, br', 'br'],
      ['gzip', 'gzip'],
      ['br;q=0, gzip;q=0.5', 'gzip'],
      ['*', 'br'],
      ['identity', 'identity'],
      ['BR', 'br'],
    ];
    for (const [accepted, expected] of cases) expect(preferredEncoding(accepted, all), accepted).to.equal(expected);
    expect(preferredEncoding('br', ['identity'])).to.equal('identity');
  });
});
