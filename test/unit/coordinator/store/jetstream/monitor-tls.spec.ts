import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { askMonitors } from '../../../../../coordinator/store/jetstream/monitor.js';

const file = (name: string): string => fileURLToPath(new URL(`../../../../support/tls/${name}`, import.meta.url));
const CERTIFICATE = file('certificate.pem');
const KEY = file('key.pem');

describe('What NATS servers tell of themselves', () => {
  let server: Server;
  let url: string;

  before(async () => {
    const [cert, key] = await Promise.all([readFile(CERTIFICATE), readFile(KEY)]);
    server = createServer({ cert, key, ca: cert, requestCert: true, rejectUnauthorized: true }, (request, response) => {
      const jetstream = { config: { sync_always: true } };
      response.end(
        request.url === '/varz' ? JSON.stringify({ server_name: 'n1', version: '2.12.0', jetstream }) : '{}',
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    // An address, which is what a server listens at.
    url = `https://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  after(() => server.close());

  it('is asked over https by the files that hold for NATS', async () => {
    const files = { caFile: CERTIFICATE, certificateFile: CERTIFICATE, keyFile: KEY };
    expect((await askMonitors([url], files)).map(({ name, syncAlways }) => [name, syncAlways])).to.deep.equal([
      ['n1', true],
    ]);
  });

  it('is left out where the authority is another, or the server wants a certificate', async () => {
    expect(await askMonitors([url])).to.deep.equal([]);
    expect(await askMonitors([url], { caFile: CERTIFICATE })).to.deep.equal([]);
  });
});
