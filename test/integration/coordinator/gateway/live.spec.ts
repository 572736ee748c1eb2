import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { AccessService, TokenKind } from '../../../../common/gen/headframe/v1/access_service_pb.js';
import { NetworkService } from '../../../../common/gen/headframe/v1/network_service_pb.js';
import type { Role } from '../../../../common/model/caller.js';
import { systemClock } from '../../../../common/model/clock.js';
import { createClient } from '../../../../common/rpc/index.js';
import type { LocalCalls } from '../../../../common/rpc/index.js';
import { ROLE } from '../../../../common/wire/client.js';
import { LiveDesk } from '../../../../coordinator/gateway/live/index.js';
import { openCoordinatorFixture } from '../../../support/coordinator-fixture.js';
import type { CoordinatorFixture } from '../../../support/coordinator-fixture.js';
import { adminCertificates } from '../../../support/host-certificates.js';
import { waitFor } from '../../../support/wait-for.js';

interface Frame {
  readonly type: string;
  readonly id: string;
  readonly revision: string;
  readonly synced: boolean;
  readonly data: readonly { readonly module: string; readonly reason: string }[] & { readonly reason: string };
  readonly removed: readonly string[];
}

/** A client, all that it was told, and how it ended. */
class Listener {
  readonly frames: Frame[] = [];
  code: number | undefined;
  refused: number | undefined;
  readonly socket: WebSocket;

  constructor(socket: WebSocket) {
    this.socket = socket;
    // The protocol is what is tested: whatever does not fit a frame fails the test.
    socket.on('message', (data: Buffer) => this.frames.push(JSON.parse(data.toString()) as Frame));
    socket.on('close', (code) => (this.code = code));
    socket.on('unexpected-response', (_request, response) => (this.refused = response.statusCode));
    socket.on('error', () => undefined);
  }

  ask(frame: object): void {
    this.socket.send(JSON.stringify(frame));
  }

  wait(what: string, test: (frame: Frame) => boolean): Promise<Frame> {
    return waitFor(what, () => this.frames.find(test));
  }
}

describe('WebSockets of the gateway', () => {
  let fixture: CoordinatorFixture;
  let authorities: Buffer;
  let token: { readonly id: string; readonly shown: string };
  const open: Listener[] = [];

  before(async () => {
    fixture = await openCoordinatorFixture({ http: { listen: '127.0.0.1:0' } });
    ({ authorities } = await adminCertificates(fixture.folder));
    token = await tokenOf('viewer');
    await fixture.apply({ name: 'first', replicas: 1 });
  });
  afterEach(() => {
    for (const { socket } of open.splice(0)) socket.terminate();
  });
  after(() => fixture.close());

  async function tokenOf(role: Role) {
    const wish = { role: ROLE.toWire(role), kind: TokenKind.BEARER, ttlMs: 3_600_000n };
    const made = await createClient(AccessService, fixture.channel).createToken(wish);
    return { id: made.token?.id ?? '', shown: made.credential };
  }

  function listen(headers: Readonly<Record<string, string>> = {}, protocols: string[] = [], path = '/v1/ws'): Listener {
    const url = `wss://${fixture.coordinator.httpAddress ?? ''}${path}`;
    const listener = new Listener(new WebSocket(url, protocols, { ca: authorities, headers }));
    open.push(listener);
    return listener;
  }

  async function connect(shown = token.shown): Promise<Listener> {
    const listener = listen({ authorization: `Bearer ${shown}` });
    await waitFor('the connection', () => listener.socket.readyState === WebSocket.OPEN || undefined);
    return listener;
  }

  it('takes nobody who is not known, or is a page of another origin', async () => {
    const authorization = `Bearer ${token.shown}`;
    const refusals = [
      [401, listen()],
      [401, listen({}, [], `/v1/ws?token=${token.shown}`)],
      [403, listen({ authorization, origin: 'https://elsewhere.example' })],
      [404, listen({ authorization }, [], '/v1/other')],
    ] as const;
    for (const [status, listener] of refusals)
      expect(await waitFor('the refusal', () => listener.refused)).to.equal(status);
  });

  it('takes a token in a sub-protocol, and does not say it back', async () => {
    const listener = listen({}, ['headframe.v1', `headframe.v1.bearer.${token.shown}`]);
    await waitFor('the connection', () => listener.socket.readyState === WebSocket.OPEN || undefined);
    expect(listener.socket.protocol).to.equal('headframe.v1');
  });

  it('tells how miners stand, then what changes, and goes on after a reconnection where it left off', async () => {
    const one = await connect();
    one.ask({ type: 'subscribe', id: 'a', topic: 'status' });
    const synced = await one.wait('all there is', ({ type, synced: isAll }) => type === 'Status' && isAll);
    const names = one.frames.flatMap(({ type, data }) => (type === 'Status' ? data.map(({ module }) => module) : []));
    expect(names).to.include('first');
    one.socket.terminate();
    await fixture.apply({ name: 'second', replicas: 1 });
    const two = await connect();
    two.ask({ type: 'subscribe', id: 'a', topic: 'status', from: synced.revision });
    await two.wait(
      'the miner applied meanwhile',
      ({ type, data }) => type === 'Status' && data.some(({ module }) => module === 'second'),
    );
    await fixture.fleet.deleteMiner({ name: 'second' });
    await two.wait('its end', ({ type, removed }) => type === 'Status' && removed.includes('second'));
  });

  it('tells how networks stand, and what becomes of them, as they do over gRPC', async () => {
    const networks = createClient(NetworkService, fixture.channel);
    const listener = await connect();
    listener.ask({ type: 'subscribe', id: 'a', topic: 'chain' });
    await listener.wait('the networks that there are', ({ type }) => type === 'NetworkUpdate');
    const watched: string[][] = [];
    const stop = new AbortController();
    const watch = (async () => {
      for await (const { networks: told, removed } of networks.watchNetworks(
        { network: 'net' },
        { signal: stop.signal },
      ))
        watched.push([...told.map(({ name }) => `is ${name}`), ...removed.map((name) => `was ${name}`)]);
    })().catch(() => undefined);
    try {
      await waitFor('the beginning of the watch', () => watched.length > 0 || undefined);
      await networks.addNetwork({ name: 'net', endpoints: ['ws://127.0.0.1:9'] });
      await listener.wait(
        'the event',
        ({ type, data }) => type === 'ChainEvent' && data[0]?.reason === 'network_added',
      );
      const known = await listener.wait('the network', ({ type, data }) => type === 'NetworkUpdate' && data.length > 0);
      expect(known.data[0]).to.include({ network: 'net', best: null, finalized: null });
      // What comes and goes between two looks is told to nobody.
      await waitFor('it over gRPC', () => watched.some(([told]) => told === 'is net') || undefined);
      await networks.removeNetwork({ name: 'net' });
      await listener.wait('its end', ({ type, removed }) => type === 'NetworkUpdate' && removed.includes('net'));
      await waitFor('its end over gRPC', () => watched.some(([told]) => told === 'was net') || undefined);
      expect(watched.slice(0, 2)).to.deep.equal([[], ['is net']]);
    } finally {
      stop.abort();
      await watch;
    }
  });

  it('answers a ping once', async () => {
    const listener = await connect();
    const answers: string[] = [];
    listener.socket.on('pong', (data: Buffer) => answers.push(data.toString()));
    for (const name of ['a', 'b']) {
      listener.socket.ping(name);
      await waitFor('the answer', () => answers.includes(name) || undefined);
    }
    expect(answers).to.deep.equal(['a', 'b']);
  });

  it('passes nothing on from one client to another', async () => {
    const [one, two] = [await connect(), await connect()];
    two.ask({ type: 'subscribe', id: 'a', topic: 'status' });
    await two.wait('all there is', ({ synced }) => synced);
    const told = two.frames.length;
    one.ask({ type: 'Status', id: 'a', data: [{ module: 'forged' }] });
    expect(await waitFor('its end', () => one.code)).to.equal(4400);
    expect(two.frames.slice(told).filter(({ data }) => JSON.stringify(data).includes('forged'))).to.deep.equal([]);
  });

  it('ends with the token', async () => {
    const listener = await connect();
    listener.ask({ type: 'subscribe', id: 'a', topic: 'status', miner: 'first' });
    await listener.wait('all there is', ({ synced }) => synced);
    await createClient(AccessService, fixture.channel).revokeToken({ id: token.id });
    expect(await waitFor('its end', () => listener.code)).to.equal(4401);
    expect(listener.frames.at(-1)).to.deep.include({ type: 'Error', id: 'a' });
  });
});

describe('LiveDesk', () => {
  const removed = 'x'.repeat(250_000);
  let told = 0;
  let left = 0;

  /** As much as a client will take, and more. */
  async function* flood(): AsyncGenerator<object> {
    try {
      for (; told < 1_000; told += 1) {
        yield {
          revision: BigInt(told),
          changes: [{ change: { case: 'minerRemoved', value: removed } }],
          synced: false,
        };
        await new Promise(setImmediate);
      }
    } finally {
      left += 1;
    }
  }

  it('cuts a client off that does not read, by a code that says so, and has no more than one frame wait for it', async () => {
    const admission = { request: { method: '' }, leave: () => undefined };
    // As much of it as subscriptions use.
    const calls = { admit: () => admission, stream: flood } as unknown as LocalCalls;
    const parts = {
      origins: new Set<string>(),
      calls,
      clock: systemClock,
      newId: () => 'id',
      onUnforeseen: () => undefined,
      slowClientMs: 300,
    };
    const server = createServer().on('upgrade', new LiveDesk(parts).upgrade);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A TCP server has an address with a port.
    const { port } = server.address() as AddressInfo;
    const slow = new Listener(new WebSocket(`ws://127.0.0.1:${String(port)}/v1/ws`));
    await waitFor('the connection', () => slow.socket.readyState === WebSocket.OPEN || undefined);
    slow.ask({ type: 'subscribe', id: 'a', topic: 'status' });
    slow.socket.pause();
    await waitFor('the end of the stream', () => left === 1 || undefined);
    expect(told).to.be.below(1_000);
    slow.socket.resume();
    expect(await waitFor('its end', () => slow.code)).to.equal(4429);
    server.close();
  });
});
