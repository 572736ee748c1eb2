import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DescMethod } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { systemClock } from '../../../../common/model/clock.js';
import type { CallFailure, LocalCalls } from '../../../../common/rpc/index.js';
import { createHttpApp } from '../../../../coordinator/gateway/http-app.js';
import { LiveDesk } from '../../../../coordinator/gateway/live/index.js';
import { LiveListener } from '../../../support/live-listener.js';
import { waitFor } from '../../../support/wait-for.js';

const LARGE = 'x'.repeat(250_000);
const CROWD = 1_000;
const DEAF = 20;

describe('WebSockets of many', () => {
  let server: Server;
  let url: string;
  let onEvents: Set<() => void>;
  let open: number;
  let flooded: number;
  const failures: CallFailure[] = [];

  /** As much of the coordinator as these topics use: events when the test says so, and a fleet that changes without end. */
  async function* stream(
    _admission: object,
    method: DescMethod,
    _init: object,
    { signal }: { readonly signal: AbortSignal },
  ) {
    open += 1;
    try {
      for (let revision = 1n; !signal.aborted && method.name !== 'WatchLease'; revision += 1n) {
        if (method.name === 'WatchFleet') {
          flooded += 1;
          yield {
            revision,
            synced: true,
            changes: [{ $typeName: 'headframe.v1.FleetChange', change: { case: 'minerRemoved', value: LARGE } }],
          };
          await new Promise(setImmediate);
        } else {
          await new Promise<void>((resolve) => {
            onEvents.add(resolve);
            signal.addEventListener(
              'abort',
              () => {
                resolve();
              },
              { once: true },
            );
          });
          yield {
            events: [
              {
                $typeName: 'headframe.v1.Event',
                revision,
                atMs: 0n,
                subject: 'fleet',
                id: '',
                reason: 'told',
                text: '',
                severity: 1,
                miner: '',
                hostId: '',
                state: '',
              },
            ],
          };
        }
      }
    } finally {
      open -= 1;
    }
  }

  beforeEach(async () => {
    onEvents = new Set();
    [open, flooded] = [0, 0];
    failures.length = 0;
    const admit = (asker: { readonly metadata: { get(name: string): string | undefined } }) => {
      if (asker.metadata.get('authorization') === 'Bearer broken') throw new Error('it fails');
      return { request: { method: '' }, leave: () => undefined };
    };
    const calls = { admit, stream } as unknown as LocalCalls;
    const parts = {
      calls,
      origins: new Set<string>(),
      clock: systemClock,
      newId: () => 'id',
      onUnforeseen: (failure: CallFailure) => failures.push(failure),
    };
    const app = await createHttpApp([], {
      ...parts,
      bodyBytes: 1024,
      slowClientMs: 1_000,
      serverOf: (listener) => createServer(listener),
    });
    await app.ready();
    server = app.server.on('upgrade', new LiveDesk({ ...parts, slowClientMs: 1_000 }).upgrade);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A TCP server has an address with a port.
    const { port } = server.address() as AddressInfo;
    url = `127.0.0.1:${String(port)}`;
  });
  afterEach(() => server.close());

  async function crowdOf(size: number): Promise<LiveListener[]> {
    const listeners: LiveListener[] = [];
    for (let begun = 0; begun < size; begun += 100) {
      const some = Array.from(
        { length: Math.min(100, size - begun) },
        () => new LiveListener(new WebSocket(`ws://${url}/v1/ws`)),
      );
      await Promise.all(some.map((listener) => listener.opened()));
      listeners.push(...some);
    }
    return listeners;
  }

  it('tell a thousand each event, though some never read and are cut off with a reason', async function () {
    this.timeout(60_000);
    const crowd = await crowdOf(CROWD);
    const [deaf, readers] = [crowd.slice(0, DEAF), crowd.slice(DEAF)];
    for (const listener of deaf) {
      listener.subscribe('fleet');
      listener.socket.pause();
    }
    for (const listener of readers) listener.subscribe('events');
    await waitFor('all that listen', () => onEvents.size === readers.length || undefined);
    for (let round = 1; round <= 3; round += 1) {
      const waiting = [...onEvents];
      onEvents.clear();
      for (const tell of waiting) tell();
      const heard = () =>
        readers.every(({ frames }) => frames.filter(({ type }) => type === 'Events').length === round);
      await waitFor(`event ${String(round)} at all`, () => heard() || undefined);
      await waitFor('all that listen on', () => onEvents.size === readers.length || undefined);
    }
    await waitFor('the end of those who do not read', () => open === readers.length || undefined);
    // What the kernel takes of each, and one frame more.
    expect(flooded).to.be.below(DEAF * 100);
    for (const { socket } of deaf) socket.resume();
    await waitFor('their ends', () => deaf.every(({ code }) => code !== undefined) || undefined);
    // On a busy machine the first of them are dropped before they read why.
    expect([...new Set(deaf.map(({ code }) => code))].filter((code) => code !== 1006)).to.deep.equal([4429]);
    expect(readers.every(({ code }) => code === undefined)).to.equal(true);
    for (const { socket } of readers) socket.terminate();
    await waitFor('the end of all', () => open === 0 || undefined);
  });

  it('tell the end of what has one', async () => {
    const [listener] = await crowdOf(1);
    listener?.subscribe('lease/over');
    const { type } = (await listener?.wait('lease/over', (frame) => frame.type !== 'Subscribed')) ?? {};
    expect(type).to.equal('End');
    listener?.socket.terminate();
  });

  it('leave no token of a URL in what is logged', async () => {
    const secret = 'SECRET-OF-SOMEBODY';
    const headers = { authorization: 'Bearer broken' };
    const listener = new LiveListener(new WebSocket(`ws://${url}/v1/ws?token=${secret}`, { headers }));
    await waitFor('the refusal', () => listener.code !== undefined || undefined);
    const { status } = await fetch(`http://${url}/v1/miners?token=${secret}`, { headers });
    expect(status).to.equal(500);
    expect(failures.map(({ method }) => method)).to.deep.equal(['/v1/ws', 'GET /v1/miners']);
    expect(JSON.stringify(failures)).not.to.contain(secret);
  });
});
