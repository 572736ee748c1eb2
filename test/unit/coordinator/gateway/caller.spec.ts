import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { askerOf, refuseForeignPages } from '../../../../coordinator/gateway/caller.js';
import { reasonOf } from '../../../support/thrown-reason.js';

function requestOf(headers: Readonly<Record<string, string>>, isPrivate = true): IncomingMessage {
  const request = new IncomingMessage(isPrivate ? new TLSSocket(new Socket()) : new Socket());
  Object.assign(request.headers, headers);
  return request;
}

describe('refuseForeignPages', () => {
  const reasonFor = (headers: Readonly<Record<string, string>>, isPrivate?: boolean, origins: readonly string[] = []) =>
    reasonOf(() => {
      refuseForeignPages(requestOf(headers, isPrivate), new Set(origins));
    });

  it('lets programs and pages of its own in', () => {
    expect(reasonFor({ host: 'fleet.example:7780' })).to.equal(undefined);
    expect(reasonFor({ host: 'fleet.example:7780', origin: 'https://fleet.example:7780' })).to.equal(undefined);
    expect(reasonFor({ host: '127.0.0.1:7780' }, false)).to.equal(undefined);
    expect(reasonFor({ host: '[::1]:7780' }, false)).to.equal(undefined);
  });

  it('refuses pages of other origins, ports and of none', () => {
    for (const origin of ['https://evil.example', 'https://fleet.example:1', 'null', 'x'])
      expect(reasonFor({ host: 'fleet.example:7780', origin })).to.equal('origin_refused');
  });

  it('lets pages of an allowed origin in, and of none that is only like it', () => {
    const origins = ['https://panel.example'];
    const host = 'fleet.example:7780';
    expect(reasonFor({ host, origin: 'https://panel.example' }, true, origins)).to.equal(undefined);
    for (const origin of ['http://panel.example', 'https://panel.example:1', 'https://a.panel.example', 'null'])
      expect(reasonFor({ host, origin }, true, origins), origin).to.equal('origin_refused');
    expect(reasonFor({ host, origin: 'https://panel.example' }, false, origins)).to.equal('host_refused');
  });

  it('refuses in clear a name that somebody made to lead here', () => {
    expect(reasonFor({ host: 'evil.example:7780', origin: 'http://evil.example:7780' }, false)).to.equal(
      'host_refused',
    );
    expect(reasonFor({}, false)).to.equal('host_refused');
  });
});

describe('askerOf', () => {
  it('takes a sane id of the request, or makes one', () => {
    const idOf = (id: string) => askerOf(requestOf({ 'x-request-id': id }), () => 'made').requestId;
    expect([idOf('a-1'), idOf('a b'), idOf('x'.repeat(200))]).to.deep.equal(['a-1', 'made', 'made']);
  });

  it('is private over TLS alone, and has the token of another place where one is given', () => {
    const asker = askerOf(requestOf({ authorization: 'Bearer a' }), () => '', 'Bearer b');
    expect([asker.isPrivate, asker.metadata.get('Authorization')]).to.deep.equal([true, 'Bearer b']);
    expect(askerOf(requestOf({}, false), () => '').isPrivate).to.equal(false);
  });
});
