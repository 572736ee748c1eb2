import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { openDockerRuntime } from '../../../../../agent/runtime/docker/index.js';
import type { DockerRuntime } from '../../../../../agent/runtime/docker/index.js';
import { silentLogger } from '../../../../../common/observe/logger.js';
import { buildAssignment } from '../../../../support/build-assignment.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { ManualClock } from '../../../../support/manual-clock.js';
import { makeTempDir } from '../../../../support/temp-dir.js';

const NEVER = new AbortController().signal;

/** An engine that answers as the test says. */
async function fakeEngine(
  answer: RequestListener,
  extras: { readonly registryCredentials?: string } = {},
): Promise<AsyncDisposable & { readonly runtime: DockerRuntime; readonly clock: ManualClock }> {
  const folder = await makeTempDir();
  const address = join(folder.path, 'engine.sock');
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(address, resolve));
  const clock = new ManualClock();
  const options = {
    hostId: 'host',
    address,
    concurrency: 1,
    allowedHostPaths: [],
    logger: silentLogger,
    clock,
    ...extras,
  };
  const runtime = openDockerRuntime(options);
  const dispose = async (): Promise<void> => {
    await runtime.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await folder[Symbol.asyncDispose]();
  };
  return { runtime, clock, [Symbol.asyncDispose]: dispose };
}

/** Resolves with the first request. */
function firstRequest(): { readonly arrived: Promise<void>; readonly listener: RequestListener } {
  let listener: RequestListener = () => undefined;
  const arrived = new Promise<void>((resolve) => (listener = () => resolve()));
  return { arrived, listener: (request, response) => listener(request, response) };
}

describe('an engine', () => {
  it('is asked what it says of itself once a second at most', async () => {
    let asked = 0;
    await using engine = await fakeEngine(({ url }, response) => {
      if (url === '/info') asked += 1;
      response.setHeader('content-type', 'application/json').end('{"SecurityOptions":[]}');
    });
    const ask = () => engine.runtime.info(NEVER);
    await ask();
    await ask();
    engine.clock.advance(999);
    await ask();
    expect(asked).to.equal(1);
    engine.clock.advance(1);
    await ask();
    expect(asked).to.equal(2);
  });

  it('that hangs is given up at the deadline', async () => {
    const { arrived, listener } = firstRequest();
    await using engine = await fakeEngine(listener);
    const list = engine.runtime.list(NEVER);
    await arrived;
    expect(engine.clock.pendingTimers).to.equal(1);
    engine.clock.advance(15_000);
    await expectReason(list, 'engine_unavailable');
    expect(engine.clock.pendingTimers).to.equal(0);
  });

  it('that hangs in the middle of an answer is given up, too', async () => {
    const { arrived, listener } = firstRequest();
    await using engine = await fakeEngine((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('[{"Id":', () => listener(request, response));
    });
    const list = engine.runtime.list(NEVER);
    await arrived;
    engine.clock.advance(15_000);
    await expectReason(list, 'engine_unavailable');
  });

  it('that fails without JSON is an engine error', async () => {
    await using engine = await fakeEngine((_request, response) => response.writeHead(502).end('<html>bad gateway'));
    await expectReason(engine.runtime.list(NEVER), 'engine_error');
  });

  it('that closes the event stream is away, and what came before is told', async () => {
    const died = { Action: 'die', Actor: { ID: 'abc', Attributes: { 'headframe.serial': '7' } } };
    await using engine = await fakeEngine((_request, response) => {
      response.writeHead(200);
      response.end(`${JSON.stringify(died)}\n`);
    });
    const events = engine.runtime.events(NEVER)[Symbol.asyncIterator]();
    expect((await events.next()).value).to.deep.equal({ serial: 7, kind: 'ended' });
    await expectReason(events.next(), 'engine_unavailable');
  });

  it('that breaks the event stream is away', async () => {
    await using engine = await fakeEngine((_request, response) => {
      response.writeHead(200);
      response.write('{"Action":', () => response.destroy());
    });
    const events = engine.runtime.events(NEVER)[Symbol.asyncIterator]();
    await expectReason(events.next(), 'engine_unavailable');
  });

  it('is asked for events since the call, not since the first read', async () => {
    const urls: string[] = [];
    await using engine = await fakeEngine((request, response) => {
      urls.push(decodeURIComponent(request.url ?? ''));
      response.end();
    });
    const events = engine.runtime.events(NEVER)[Symbol.asyncIterator]();
    const calledAt = engine.clock.nowMs();
    engine.clock.advance(5_000);
    await expectReason(events.next(), 'engine_unavailable');
    expect(urls[0]).to.include(`since=${String(calledAt / 1000)}.000`);
    expect(urls[0]).to.include('headframe.host=host');
  });

  it('is shown the credentials of the registry that is pulled from, and no other', async () => {
    await using folder = await makeTempDir();
    const file = join(folder.path, 'config.json');
    const auth = Buffer.from('me:secret').toString('base64');
    await writeFile(file, JSON.stringify({ auths: { 'ghcr.io': { auth } } }));
    const shown: (string | undefined)[] = [];
    const listener: RequestListener = (request, response) => {
      if (request.method === 'GET') response.writeHead(404).end('{}');
      else {
        const header = request.headers['x-registry-auth'];
        shown.push(header === undefined ? undefined : Buffer.from(String(header), 'base64url').toString());
        response.end('{"status":"done"}\n');
      }
    };
    await using engine = await fakeEngine(listener, { registryCredentials: file });
    for (const image of ['ghcr.io/x/y:1', 'busybox:1']) {
      const assignment = buildAssignment({ container: { image }, workload: { pullPolicy: 'ifNotPresent' } });
      await engine.runtime.prepare(assignment, () => undefined, NEVER);
    }
    const read = shown.map((text): unknown => (text === undefined ? 'none' : JSON.parse(text)));
    expect(read).to.deep.equal([{ username: 'me', password: 'secret', serveraddress: 'ghcr.io' }, 'none']);
  });

  it('is asked one thing by a list while events flow, and about one container after its event', async () => {
    const urls: string[] = [];
    let tell = (_message: string): void => undefined;
    await using engine = await fakeEngine((request, response) => {
      const url = request.url ?? '';
      urls.push(url);
      if (url.startsWith('/events')) {
        response.writeHead(200).flushHeaders();
        tell = (message) => response.write(message);
      } else if (url.startsWith('/containers/json')) response.end(JSON.stringify(LISTED));
      else response.end(JSON.stringify(inspectedAs(url.includes('aaa') ? 'aaa' : 'bbb')));
    });
    const stop = new AbortController();
    const events = engine.runtime.events(stop.signal)[Symbol.asyncIterator]();
    const started = events.next();
    while (!urls.some((url) => url.startsWith('/events'))) await new Promise((resolve) => setImmediate(resolve));
    // The stream is open once its headers have come, a moment after they were asked for.
    tell(`${JSON.stringify(eventOf('aaa', '1'))}\n`);
    expect((await started).value).to.deep.equal({ serial: 1, kind: 'started' });

    const asked = async (): Promise<string[]> => {
      urls.length = 0;
      await engine.runtime.list(NEVER);
      return urls.map((url) => url.replace(/\?.*/, '')).toSorted();
    };
    expect(await asked()).to.deep.equal(['/containers/aaa/json', '/containers/bbb/json', '/containers/json']);
    expect(await asked()).to.deep.equal(['/containers/json']);
    const second = events.next();
    tell(`${JSON.stringify(eventOf('bbb', '2'))}\n`);
    await second;
    expect(await asked()).to.deep.equal(['/containers/bbb/json', '/containers/json']);
    stop.abort();
    expect((await events.next()).done).to.equal(true);
    expect((await asked()).length).to.equal(3);
  });
});

const LISTED = ['aaa', 'bbb'].map((Id, index) => ({
  Id,
  State: 'running',
  Status: 'Up 1 second',
  Labels: { 'headframe.serial': String(index + 1) },
}));

const eventOf = (ID: string, serial: string): unknown => ({
  Action: 'start',
  Actor: { ID, Attributes: { 'headframe.serial': serial } },
});

const inspectedAs = (Id: string): unknown => ({
  Id,
  State: { Status: 'running', OOMKilled: false, Pid: 9, ExitCode: 0, StartedAt: '', FinishedAt: '' },
  Config: { Labels: { 'headframe.serial': Id === 'aaa' ? '1' : '2' } },
  HostConfig: { NetworkMode: 'host' },
  NetworkSettings: { Networks: {} },
});
