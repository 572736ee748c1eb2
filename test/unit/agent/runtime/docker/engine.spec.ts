import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { openDockerRuntime } from '../../../../../agent/runtime/docker/index.js';
import type { DockerRuntime } from '../../../../../agent/runtime/docker/index.js';
import { silentLogger } from '../../../../../common/observe/logger.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { ManualClock } from '../../../../support/manual-clock.js';
import { makeTempDir } from '../../../../support/temp-dir.js';

const NEVER = new AbortController().signal;

/** An engine that answers as the test says. */
async function fakeEngine(
  answer: RequestListener,
): Promise<AsyncDisposable & { readonly runtime: DockerRuntime; readonly clock: ManualClock }> {
  const folder = await makeTempDir();
  const address = join(folder.path, 'engine.sock');
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(address, resolve));
  const clock = new ManualClock();
  const options = { hostId: 'host', address, concurrency: 1, allowedHostPaths: [], logger: silentLogger, clock };
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
});
