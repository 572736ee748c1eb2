import { expect } from 'chai';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { systemClock } from '../../../common/model/clock.js';
import { RpcRefusal, RpcSocket } from '../../../coordinator/chain/network/rpc-socket.js';
import { expectReason } from '../../support/expect-reason.js';
import { freePort } from '../../support/free-port.js';

const TERMS = { connectMs: 1_000, callMs: 1_000 };

describe('JSON-RPC with an endpoint that may be anything', () => {
  let server: WebSocketServer;
  let url: string;
  /** What the endpoint does with each call. */
  let answer: (socket: WebSocket, call: { readonly id: number; readonly method: string }) => void;
  let rpc: RpcSocket | undefined;

  beforeEach(async () => {
    server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    server.on('connection', (socket) =>
      socket.on('message', (text: Buffer) => {
        // As RpcSocket writes it.
        answer(socket, JSON.parse(text.toString()) as { id: number; method: string });
      }),
    );
    await new Promise((resolve) => server.once('listening', resolve));
    url = `ws://127.0.0.1:${String((server.address() as AddressInfo).port)}`; // of TCP
  });
  afterEach(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });

  async function open(): Promise<RpcSocket> {
    return (rpc = await RpcSocket.open(url, { clock: systemClock, terms: TERMS }));
  }

  const garbage: readonly (readonly [string, (socket: WebSocket) => void])[] = [
    [
      'no JSON',
      (socket) => {
        socket.send('<html>');
      },
    ],
    [
      'JSON that is no object',
      (socket) => {
        socket.send('7');
      },
    ],
    [
      'bytes',
      (socket) => {
        socket.send(Buffer.from([1, 2, 3]));
      },
    ],
  ];
  for (const [what, send] of garbage)
    it(`ends by ${what}, and throws nowhere else`, async () => {
      answer = send;
      await expectReason((await open()).call('any', []), 'endpoint_invalid');
      expect((await rpc?.ended)?.reason).to.equal('endpoint_invalid');
      await expectReason((rpc as RpcSocket).call('any', []), 'endpoint_invalid');
    });

  it('ends by a message larger than any metadata', async () => {
    answer = (socket) => {
      socket.send('"'.padEnd(33 * 2 ** 20, 'x'));
    };
    await expectReason((await open()).call('any', []), 'endpoint_lost');
  });

  it('has what the node refused with its code and data', async () => {
    answer = (socket, { id }) => {
      socket.send(JSON.stringify({ id, error: { code: 1010, message: 'no', data: { custom: 5 } } }));
    };
    const refused = await (await open()).call('author_submitExtrinsic', ['0x00']).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(RpcRefusal);
    expect(refused).to.deep.include({ code: 1010, data: { custom: 5 } });
  });

  it('gives a call up in time, and takes the answer that comes after that for nothing', async () => {
    answer = (socket, { id, method }) =>
      void setTimeout(
        () => {
          socket.send(JSON.stringify({ id, result: method }));
        },
        method === 'late' ? 100 : 0,
      );
    await open();
    await expectReason((rpc as RpcSocket).call('late', [], 50), 'chain_slow');
    expect(await rpc?.call('prompt', [])).to.equal('prompt');
  });

  it('keeps what is notified before the id of its subscription is known, and forgets the rest', async () => {
    answer = (socket, { id }) => {
      for (const [subscription, result] of [
        ['a', 1],
        ['a', 2],
        ['b', 3],
      ])
        socket.send(JSON.stringify({ method: 'head', params: { subscription, result } }));
      socket.send(JSON.stringify({ id, result: 'a' }));
    };
    const seen: unknown[] = [];
    await (await open()).subscribe('chain_subscribeNewHeads', [], (value) => seen.push(value));
    expect(seen).to.deep.equal([1, 2]);
  });

  it('is not there where nobody listens, nor where nobody answers', async () => {
    const dead = `ws://127.0.0.1:${String(await freePort())}`;
    await expectReason(RpcSocket.open(dead, { clock: systemClock, terms: TERMS }), 'endpoint_unreachable');
    const { createServer } = await import('node:net');
    const mute = createServer();
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const silent = `ws://127.0.0.1:${String((mute.address() as AddressInfo).port)}`; // of TCP
    const terms = { ...TERMS, connectMs: 100 };
    await expectReason(RpcSocket.open(silent, { clock: systemClock, terms }), 'endpoint_unreachable');
    mute.close();
  });
});
