import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { FleetService } from '../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { systemClock } from '../../../../common/model/clock.js';
import type { LocalCalls } from '../../../../common/rpc/index.js';
import { createHttpApp } from '../../../../coordinator/gateway/http-app.js';
import type { Route } from '../../../../coordinator/gateway/route.js';
import { waitFor } from '../../../support/wait-for.js';

describe('what a request has called', () => {
  it('is ended for whoever leaves, and not once all was answered', async () => {
    const signals: AbortSignal[] = [];
    const method = FleetService.method.getFleetStatus;
    let isSlow = false;
    // As much of it as a route uses.
    const calls = {
      admit: () => ({ request: { method: '/headframe.v1.FleetService/GetFleetStatus' }, leave: () => undefined }),
      call: async (
        _admission: object,
        _method: object,
        _init: object,
        { signal }: { readonly signal: AbortSignal },
      ) => {
        signals.push(signal);
        while (isSlow && !signal.aborted) await new Promise(setImmediate);
      },
    } as unknown as LocalCalls;
    const route: Route = {
      ...{ verb: 'GET', path: '/slow', method, about: { summary: 'Slow' } },
      answer: async ({ call }) => ({ status: 200, body: { told: typeof (await call(method, {})) } }),
    };
    const parts = { calls, origins: new Set<string>(), clock: systemClock, newId: () => 'id' };
    const bounds = { onUnforeseen: () => undefined, bodyBytes: 1024, slowClientMs: 1_000 };
    const app = await createHttpApp([route], { ...parts, ...bounds, serverOf: (listener) => createServer(listener) });
    await app.listen({ host: '127.0.0.1', port: 0 });
    // A TCP server has an address with a port.
    const url = `http://127.0.0.1:${String((app.server.address() as AddressInfo).port)}/slow`;
    try {
      const closed = new Promise((resolve) =>
        app.server.once('request', (_request, answer) => answer.once('close', resolve)),
      );
      await (await fetch(url)).text();
      await closed;
      expect(signals.map(({ aborted }) => aborted)).to.deep.equal([false]);
      isSlow = true;
      const leave = new AbortController();
      const left = fetch(url, { signal: leave.signal }).catch(() => undefined);
      await waitFor('the call', () => signals.length === 2 || undefined);
      leave.abort();
      await left;
      await waitFor('its end', () => signals[1]?.aborted);
    } finally {
      await app.close();
    }
  });
});
