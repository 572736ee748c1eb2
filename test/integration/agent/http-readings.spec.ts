import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { LARGEST_ANSWER } from '../../../agent/readings/fetch-text.js';
import { HttpReadings } from '../../../agent/readings/http-readings.js';
import type { ObservedInstance } from '../../../agent/runtime/runtime.js';
import type { HttpSource, MetricReading, ValueSelector } from '../../../common/model/autoscale.js';
import { systemClock } from '../../../common/model/clock.js';
import type { Assignment } from '../../../common/model/workload.js';
import { buildAssignment } from '../../support/build-assignment.js';
import { waitFor } from '../../support/wait-for.js';

const PERIOD_MS = 200;
const GAUGE: ValueSelector = { format: 'prometheus', name: 'queue' };

describe('HttpReadings against real servers', () => {
  const servers: Server[] = [];
  let readings: HttpReadings;

  beforeEach(() => {
    readings = new HttpReadings({ clock: systemClock, periodMs: () => PERIOD_MS });
  });
  afterEach(() => {
    readings.close();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function serve(listener: RequestListener): Promise<number> {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A server that listens at a port has an address with one.
    return (server.address() as AddressInfo).port;
  }

  function follow(serial: number, sources: readonly Omit<HttpSource, 'name'>[], observed = running()): Assignment {
    const named = sources.map((source, index) => ({ ...source, name: `m${String(index)}` }));
    const assignment = buildAssignment({ serial });
    const followed = { ...assignment, workload: { ...assignment.workload, metrics: named } };
    readings.follow(followed, observed);
    return followed;
  }

  function readingOf(serial: number): Promise<MetricReading> {
    return waitFor('a reading', () => readings.of(serial)?.[0]);
  }

  it('read values of one page with one request, again and again', async () => {
    let requests = 0;
    const port = await serve((_request, response) => {
      requests += 1;
      response.end(`queue ${String(requests)}\nother 7\n`);
    });
    const other: ValueSelector = { format: 'prometheus', name: 'other' };
    follow(1, [
      { port, path: '/metrics', select: GAUGE },
      { port, path: '/metrics', select: other },
    ]);
    const first = await waitFor('readings', () => readings.of(1));
    expect(first).to.deep.equal([
      { name: 'm0', value: 1, why: '' },
      { name: 'm1', value: 7, why: '' },
    ]);
    await waitFor('the next', () => (readings.of(1)?.[0]?.value === 2 ? true : undefined));
  });

  const failing: readonly [string, RequestListener][] = [
    ['an error', (_request, response) => response.writeHead(500).end('queue 1')],
    ['a redirect', (_request, response) => response.writeHead(302, { location: '/' }).end()],
    ['an answer without the metric', (_request, response) => response.end('nothing 1')],
    ['an answer that is too large', (_request, response) => response.end(`queue 1\n${'#'.repeat(LARGEST_ANSWER)}`)],
    ['a connection that breaks', (request) => request.socket.destroy()],
    ['no answer', () => undefined],
    [
      'an answer that never ends',
      (_request, response) => {
        response.write('queue 1\n');
      },
    ],
  ];
  for (const [title, listener] of failing)
    it(`tell ${title} as what is in the way`, async () => {
      const port = await serve(listener);
      follow(1, [{ port, path: '/', select: GAUGE }]);
      const { value, why } = await readingOf(1);
      expect(value).to.equal(undefined);
      expect(why).to.not.equal('');
    });

  it('tell that nobody listens, and that there is no address', async () => {
    follow(1, [{ port: 1, path: '/', select: GAUGE }]);
    follow(2, [{ port: 1, path: '/', select: GAUGE }], running({ address: '' }));
    for (const serial of [1, 2]) expect((await readingOf(serial)).value).to.equal(undefined);
  });

  it('do not let one that hangs delay another', async () => {
    const hung = await serve(() => undefined);
    let served = 0;
    const quick = await serve((_request, response) => {
      served += 1;
      response.end('queue 1');
    });
    for (let serial = 10; serial < 60; serial++) follow(serial, [{ port: hung, path: '/', select: GAUGE }]);
    follow(1, [{ port: quick, path: '/', select: GAUGE }]);
    await waitFor('three answers', () => (served >= 3 ? true : undefined));
    expect(readings.of(1)?.[0]?.value).to.equal(1);
  });

  it('end with the container, and begin anew with its next run', async () => {
    let requests = 0;
    const port = await serve((_request, response) => {
      requests += 1;
      response.end('queue 1');
    });
    const assignment = follow(1, [{ port, path: '/', select: GAUGE }]);
    await readingOf(1);
    readings.follow(assignment, undefined);
    expect(readings.of(1)).to.equal(undefined);
    const atEnd = requests;
    await systemClock.sleep(2 * PERIOD_MS, new AbortController().signal);
    expect(requests).to.equal(atEnd);
    readings.follow(assignment, running({ startedAtMs: 99 }));
    await readingOf(1);
    expect(requests).to.be.greaterThan(atEnd);
  });
});

function running(patch: Partial<ObservedInstance> = {}): ObservedInstance {
  return { ...OBSERVED, ...patch };
}

const OBSERVED: ObservedInstance = {
  serial: 1,
  containerId: 'c0ffee',
  status: 'running',
  pid: 1,
  exitCode: undefined,
  outOfMemory: false,
  startedAtMs: 1,
  finishedAtMs: 0,
  address: '127.0.0.1',
  imageHealth: 'none',
};
