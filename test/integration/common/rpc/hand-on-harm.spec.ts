import { expect } from 'chai';
import { once } from 'node:events';
import { connect, constants } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { HandOnPair } from '../../../support/hand-on-pair.js';
import { rejectionOf } from '../../../support/echo-server.js';
import { waitFor } from '../../../support/wait-for.js';

/** A message of so many letters, as gRPC frames it. */
function frameOf(letters: number): Buffer {
  const field = Buffer.from([0x0a, (letters & 0x7f) | 0x80, ((letters >> 7) & 0x7f) | 0x80, letters >> 14]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(field.length + letters, 1);
  return Buffer.concat([head, field, Buffer.alloc(letters, 'x')]);
}

async function viewerAt(pair: HandOnPair, address: string): Promise<ClientHttp2Session> {
  const { certificate: cert, key } = await pair.authority.issueIdentity({ role: 'viewer', name: 'eve' });
  const session = connect(`https://${address}`, { ca: Buffer.from(pair.authority.bundle), cert, key });
  session.on('error', () => undefined);
  await once(session, 'connect');
  return session;
}

function calling(session: ClientHttp2Session, method: string): ClientHttp2Stream {
  const headers = { ':method': 'POST', ':path': `/echo.v1.EchoService/${method}`, te: 'trailers' };
  const stream = session.request({ ...headers, 'content-type': 'application/grpc' }, { endStream: false });
  stream.on('error', () => undefined);
  return stream.resume();
}

describe('a call that is handed on', () => {
  it('is over for all when it is reset without an error while what was sent is not read, as it is where it is served', async () => {
    let [begun, left] = [0, 0];
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    await using pair = await HandOnPair.open({
      join: async (_requests, { signal }) => {
        begun += 1;
        signal.addEventListener('abort', () => (left += 1));
        await answered;
        return { text: 'late' };
      },
    });
    const { address } = await pair.follow();
    for (const at of [pair.address, address]) {
      const session = await viewerAt(pair, at);
      const stream = calling(session, 'Join');
      for (let sent = 0; sent < 100; sent += 1) stream.write(frameOf(20_000));
      const count = at === address ? 2 : 1;
      await waitFor('the call', () => begun === count);
      // Until nothing more is taken of it.
      await sleep(200);
      stream.close(constants.NGHTTP2_NO_ERROR);
      await waitFor('the handler to hear of it', () => left === count);
      session.destroy();
    }
    // What is answered now has nobody to go to.
    answer();
    const client = await pair.client(address);
    expect((await client.say({ text: 'there' })).text).to.equal('there');
  });

  it('goes on, as connections do, however many others are given up', async () => {
    await using pair = await HandOnPair.open();
    const { handing } = await pair.follow();
    const kept = await handing.connect('10.0.0.1:1');
    // More than a server bears on one connection of those that calls are handed on by.
    for (let round = 0; round < 30; round += 1) {
      const others = await Promise.all(Array.from({ length: 45 }, () => handing.connect('10.0.0.2:2')));
      const closed = others.map((other) => once(other, 'close'));
      for (const other of others) other.destroy();
      await Promise.all(closed);
    }
    await sleep(200);
    expect(kept.closed).to.equal(false);
  });

  it('has room beside connections of another protocol, however many, and so have questions', async () => {
    await using pair = await HandOnPair.open();
    const { address, handing } = await pair.follow(undefined, undefined, 1);
    await Promise.all(Array.from({ length: 100 }, () => handing.connect('10.0.0.1:1')));
    expect(await rejectionOf(handing.connect('10.0.0.1:1'))).to.include({ reason: 'hand_on_full' });
    const client = await pair.client(address);
    expect((await client.say({ text: 'there' })).text).to.equal('there');
    expect(await handing.revision()).to.equal(7);
  });

  it('does not wait for one that leads no more and does not answer', async () => {
    await using pair = await HandOnPair.open();
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    // A server that listens at a port has an address with it.
    let target = `127.0.0.1:${String((silent.address() as AddressInfo).port)}`;
    const client = await pair.client((await pair.follow(() => target)).address);
    const early = client.say({ text: 'early' });
    await waitFor('the try', () => sockets.length === 1);
    target = pair.address;
    expect((await client.say({ text: 'late' }, { timeoutMs: 3_000 })).text).to.equal('late');
    sockets[0]?.destroy();
    expect((await early).text).to.equal('early');
    silent.close();
  });
});
