import { expect } from 'chai';
import { duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createHttpServer } from '../../../../coordinator/gateway/http-server.js';
import { waitFor } from '../../../support/wait-for.js';

describe('a connection of HTTP that is handed on', () => {
  it('ends with its last answer, whether its client hangs up or not', async () => {
    const limits = { total: 1, perAddress: 1 };
    const { take } = createHttpServer({ source: undefined, limits, onRefused: () => undefined }, (_request, response) =>
      response.end('x'.repeat(100_000)),
    );
    const [client, here] = duplexPair();
    const stream = Object.assign(here, { setTimeout: () => here });
    take({ stream, peer: '10.0.0.1:51234', via: 'c2:1', isPrivate: true });
    client.write('GET / HTTP/1.1\r\nhost: c1\r\nconnection: close\r\n\r\n');
    expect(await text(client)).to.match(/x{100000}$/);
    await waitFor('the end', () => stream.destroyed);
  });
});
