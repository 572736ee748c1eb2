import { expect } from 'chai';
import { replyHeadOf } from '../../../../coordinator/router/reply-head.js';

describe('how a reply of a model begins', () => {
  const typeOf = (type: string | undefined) => replyHeadOf(200, { 'content-type': type })?.headers['content-type'];

  it('has a type that a browser runs nothing of', () => {
    const kept = ['application/json', 'text/event-stream', 'text/plain; charset=utf-8', 'image/png', 'audio/mpeg'];
    for (const type of kept) expect(typeOf(type), type).to.equal(type);
    expect(typeOf('Text/Plain;charset=UTF-8; x=y')).to.equal('text/plain; charset=UTF-8');
    const run = ['text/html', 'image/svg+xml', 'application/xhtml+xml', 'text/javascript', 'text/xml', '', undefined];
    for (const type of run) expect(typeOf(type), type).to.equal('application/octet-stream');
    expect(typeOf('text/plain; charset="a\r\nx: y"')).to.equal('text/plain');
  });

  it('has a status that says how it was', () => {
    for (const status of [200, 204, 299, 400, 404, 429, 500, 599])
      expect(replyHeadOf(status, {})?.status).to.equal(status);
    for (const status of [100, 101, 199, 300, 302, 304, 399, 600, 999])
      expect(replyHeadOf(status, {})).to.equal(undefined);
  });

  it('has none of the headers that would speak for the coordinator or the connection', () => {
    const passed = { 'content-length': '3', 'content-encoding': 'gzip', 'content-language': 'de', 'retry-after': '9' };
    const dropped = {
      ...{ 'set-cookie': ['a=b'], connection: 'close', 'transfer-encoding': 'chunked', location: '/', server: 'x' },
      ...{
        'access-control-allow-origin': '*',
        'content-security-policy': '',
        'www-authenticate': 'Basic',
        etag: '"1"',
      },
    };
    const { headers } = replyHeadOf(200, { ...passed, ...dropped, 'content-type': 'application/json' }) ?? {};
    expect(headers).to.deep.equal({ ...passed, 'content-type': 'application/json' });
  });
});
