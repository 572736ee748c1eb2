import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { systemClock } from '../../../../common/model/clock.js';
import { Channel, RpcServer, createClient } from '../../../../common/rpc/index.js';
import type { ChannelSecurity } from '../../../../common/rpc/index.js';
import { plainEcho, rejectionOf } from '../../../support/echo-server.js';
import { EchoService } from '../../../support/gen/echo/v1/echo_pb.js';

/** A self-signed pair for 127.0.0.1 that stands for authority, server and client; of no use outside these tests. */
const pem = (name: string): Promise<Buffer> => readFile(new URL(`../../../support/tls/${name}.pem`, import.meta.url));

describe('RPC over mutual TLS', () => {
  let server: RpcServer;
  let address: string;
  let certificate: Buffer;
  let key: Buffer;

  beforeEach(async () => {
    [certificate, key] = await Promise.all([pem('certificate'), pem('key')]);
    server = new RpcServer({ clock: systemClock, newRequestId: () => 'r', onUnforeseen: () => undefined });
    server.add(EchoService, plainEcho);
    address = await server.listen('127.0.0.1:0', { kind: 'tls', certificate, key, clientAuthority: certificate });
  });
  afterEach(() => server.shutdown(0));

  async function sayOver(security: ChannelSecurity): Promise<string> {
    const channel = new Channel({ address, security, clock: systemClock });
    try {
      return (await createClient(EchoService, channel).say({ text: 'safe' })).text;
    } finally {
      channel.close();
    }
  }

  it('serves a client that shows its certificate', async () => {
    const identity = { certificate, key };
    expect(await sayOver({ kind: 'tls', authority: certificate, identity })).to.equal('safe');
  });

  it('refuses a client without a certificate and one without TLS', async () => {
    expect(await rejectionOf(sayOver({ kind: 'tls', authority: certificate }))).to.include({ code: 'unavailable' });
    expect(await rejectionOf(sayOver({ kind: 'plaintext' }))).to.include({ code: 'unavailable' });
  });
});
