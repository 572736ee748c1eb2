import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { openUrl } from '../../../../../../coordinator/kinds/model/source/open-url.js';
import { expectReason } from '../../../../../support/expect-reason.js';

const NEVER = new AbortController().signal;
const RULES = { uploadBytes: 1000, isAllowed: (address: string): boolean => address === '127.0.0.1' };

describe('what the URL of a model gives', () => {
  let server: Server;
  let base: string;
  let answer: RequestListener;
  let asked: string[];

  before(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`; // it listens by TCP
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => (asked = []));

  function leadTo(location: string, status = 302): void {
    answer = (_request, response) => response.writeHead(status, { location }).end();
  }

  it('is read to its end, over redirects, whatever their form', async () => {
    answer = ({ url }, response) => {
      if (url === '/end') response.end('FROM a\n');
      else response.writeHead(url === '/' ? 301 : 308, { location: url === '/' ? `${base}/next` : 'end' }).end();
    };
    expect(await text(await openUrl(`${base}/`, RULES, NEVER))).to.equal('FROM a\n');
    expect(asked).to.deep.equal(['/', '/next', '/end']);
  });

  it('is refused where it leads round and round, to nothing, or to another kind of URL', async () => {
    leadTo('/again');
    await expectReason(openUrl(`${base}/`, RULES, NEVER), 'model_redirected');
    expect(asked).to.have.length(6);
    for (const location of [
      'file:///etc/passwd',
      'ftp://example.org/',
      'http://user:pass@127.0.0.1/',
      'http://[',
      '',
    ]) {
      leadTo(location);
      await expectReason(openUrl(base, RULES, NEVER), 'model_redirected');
    }
  });

  it('is never asked for inside of a private network, by address, by name or by a redirect', async () => {
    answer = (_request, response) => response.end('x');
    const closed = { ...RULES, isAllowed: () => false };
    const port = new URL(base).port;
    const urls = [
      base,
      `http://localhost:${port}`,
      `http://[::1]:${port}`,
      `http://2130706433:${port}`,
      `http://0x7f.1:${port}`,
    ];
    for (const url of [
      ...urls,
      'http://169.254.169.254/latest',
      'http://10.0.0.1/',
      `http://[::ffff:127.0.0.1]:${port}`,
    ])
      await expectReason(openUrl(url, closed, NEVER), 'model_address_private');
    expect(asked).to.deep.equal([]);
    leadTo(`http://127.0.0.2:${port}/`);
    await expectReason(openUrl(base, RULES, NEVER), 'model_address_private');
    leadTo(`http://localhost:${port}/`, 307);
    asked = [];
    const only = { ...RULES, isAllowed: (address: string) => address === '127.0.0.1' && asked.length === 0 };
    await expectReason(openUrl(base, only, NEVER), 'model_address_private');
    expect(asked).to.deep.equal(['/']);
  });

  it('is refused with another status, with more than is taken, and where nobody answers', async () => {
    answer = (_request, response) => response.writeHead(404).end('gone');
    await expectReason(openUrl(base, RULES, NEVER), 'model_origin_refused');
    answer = (_request, response) => response.writeHead(200, { 'content-length': '5000' }).end();
    await expectReason(openUrl(base, RULES, NEVER), 'model_too_large');
    answer = (_request, response) => response.destroy();
    await expectReason(openUrl(base, RULES, NEVER), 'model_origin_away');
    await expectReason(openUrl('http://127.0.0.1:1/', RULES, NEVER), 'model_origin_away');
  });

  it('is given up with the signal', async () => {
    const over = new AbortController();
    answer = () => {
      over.abort(new Error('over'));
    };
    const error: unknown = await openUrl(base, RULES, over.signal).catch((thrown: unknown) => thrown);
    expect(error).to.equal(over.signal.reason);
  });
});
