import { expect } from 'chai';
import { parseNatsUrl } from '../../../../common/observe/nats-address.js';

describe('parseNatsUrl', () => {
  for (const [url, servers, credentials] of [
    ['nats://hub:4222', ['nats://hub:4222'], {}],
    ['nats://a:1, tls://b:2', ['nats://a:1', 'tls://b:2'], {}],
    ['nats://me:p%40ss@hub:4222', ['nats://hub:4222'], { user: 'me', pass: 'p@ss' }],
    ['nats://a:1,nats://s3cret@b:2', ['nats://a:1', 'nats://b:2'], { token: 's3cret' }],
    ['nats://me:100%@hub', ['nats://hub'], { user: 'me', pass: '100%' }],
  ] as const) {
    it(`takes ${url} apart`, () => {
      expect(parseNatsUrl(url)).to.deep.equal({ servers, credentials });
    });
  }
});
