import { Client, credentials } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { expect } from 'chai';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { systemClock } from '../../../../common/model/clock.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { Channel, createClient } from '../../../../common/rpc/index.js';
import { collect, openEcho, rejectionOf } from '../../../support/echo-server.js';
import type { EchoFixture } from '../../../support/echo-server.js';
import { EchoService } from '../../../support/gen/echo/v1/echo_pb.js';
import { Line } from '../../../support/line.js';

const MiB = 1024 * 1024;

describe('RPC bounds', () => {
  let echo: EchoFixture;
  afterEach(() => echo.close());

  it('refuses a request beyond the size limit of the client', async () => {
    echo = await openEcho();
    const error = await rejectionOf(echo.client.say({ payload: new Uint8Array(5 * MiB) }));
    expect(error).to.include({ code: 'resource_exhausted' });
  });

  it('refuses a request beyond the size limit of the server', async () => {
    echo = await openEcho({}, { maxReceiveBytes: 1000 });
    const error = await rejectionOf(echo.client.say({ payload: new Uint8Array(2000) }));
    expect(error).to.include({ code: 'resource_exhausted' });
    expect((await echo.client.say({ text: 'small' })).text).to.equal('small');
  });

  it('refuses an oversized message in the middle of a stream, on both sides', async () => {
    let seen: unknown;
    echo = await openEcho(
      {
        async *chat(requests) {
          try {
            for await (const { text } of requests) yield { text };
          } catch (error) {
            seen = error;
            throw error;
          }
        },
      },
      { maxReceiveBytes: 1000 },
    );
    const call = echo.client.chat();
    await call.requests.write({ text: 'small' });
    await call.requests.write({ text: 'x'.repeat(2000) });
    expect(await rejectionOf(collect(call.responses))).to.include({ code: 'resource_exhausted' });
    expect(seen).to.include({ code: 'cancelled' });
  });

  it('refuses a response beyond the size limit', async () => {
    echo = await openEcho({}, { maxSendBytes: 1000 });
    const unary = echo.client.say({ payload: new Uint8Array(2000) });
    expect(await rejectionOf(unary)).to.include({ code: 'resource_exhausted' });
    const stream = collect(echo.client.repeat({ times: 2, payloadBytes: 2000 }));
    expect(await rejectionOf(stream)).to.include({ code: 'resource_exhausted' });
  });

  it('fits any number of violations into what every client accepts, and counts the rest', async () => {
    const violations = Array.from({ length: 5000 }, (_, index) => ({ path: `ports[${index}]`, expected: 'a port' }));
    const message = 'ü'.repeat(50_000);
    const error = new HeadframeError({ code: 'invalid_argument', reason: 'bad_manifest', message, violations });
    echo = await openEcho({ say: () => Promise.reject(error) });
    const got = await rejectionOf(echo.client.say({}));
    if (!(got instanceof HeadframeError)) throw new Error('expected a HeadframeError');
    expect(got.reason).to.equal('bad_manifest');
    expect(got.violations.length).to.be.greaterThan(50);
    expect(got.violations.length + Number(got.metadata.omitted_violations)).to.equal(5000);
    expect(got.message.length).to.be.within(100, 1024);
  });

  it('answers invalid_argument to bytes that are no message', async () => {
    echo = await openEcho();
    const raw = new Client(echo.address, credentials.createInsecure());
    const garbage = Buffer.from([0x0a, 0xff, 0xff]);
    const same = (bytes: Buffer): Buffer => bytes;
    const error = await new Promise<ServiceError | null>((resolve) => {
      raw.makeUnaryRequest('/echo.v1.EchoService/Say', same, same, garbage, resolve);
    });
    raw.close();
    expect(error?.code).to.equal(3);
    expect(echo.failures).to.deep.equal([]);
  });

  it('makes a writer wait for a client that never reads, and frees it when the deadline passes', async () => {
    let written = 0;
    let outcome: Promise<unknown> | undefined;
    echo = await openEcho({
      repeat: {
        withWriter: (_, responses) => {
          const payload = new Uint8Array(100_000);
          const writing = (async (): Promise<void> => {
            for (; written < 10_000; written += 1) await responses.write({ payload });
          })();
          outcome = rejectionOf(writing);
          return writing;
        },
      },
    });
    // A client that knows the protocol and neither reads nor gives up.
    const session = connect(`http://${echo.address}`);
    const path = '/echo.v1.EchoService/Repeat';
    const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', 'grpc-timeout': '300m' };
    const stream = session.request(headers);
    stream.on('error', () => undefined).end(Buffer.alloc(5));
    await once(stream, 'response');
    expect(await outcome).to.include({ code: 'deadline_exceeded' });
    // 16 messages in the buffer, and what the connection's window holds.
    expect(written).to.be.within(1, 40);
    session.destroy();
  });

  it('makes a client wait for a handler that never reads', async () => {
    echo = await openEcho({
      chat: { withWriter: (_, __, { signal }) => once(signal, 'abort').then(() => undefined) },
    });
    const call = echo.client.chat({ timeoutMs: 400 });
    const text = 'x'.repeat(100_000);
    let written = 0;
    const writing = (async (): Promise<void> => {
      for (; written < 10_000; written += 1) await call.requests.write({ text });
    })();
    expect(await rejectionOf(writing)).to.include({ code: 'deadline_exceeded' });
    expect(written).to.be.lessThan(100);
  });

  it('bounds the calls open at once on one connection', async () => {
    echo = await openEcho({}, { maxConcurrentStreams: 2 });
    const calls = [echo.client.chat(), echo.client.chat()];
    for (const call of calls) {
      await call.requests.write({ text: 'a' });
      await call.responses[Symbol.asyncIterator]().next();
    }
    expect(await rejectionOf(echo.client.say({}, { timeoutMs: 200 }))).to.include({ code: 'deadline_exceeded' });
    calls[0]?.cancel();
    expect((await echo.client.say({ text: 'room' }, { timeoutMs: 5000 })).text).to.equal('room');
  });
});

describe('RPC shutdown', () => {
  let echo: EchoFixture;
  afterEach(() => echo.close());

  it('ends an open session at once with a status, and resolves', async () => {
    echo = await openEcho();
    const call = echo.client.chat();
    await call.requests.write({ text: 'a' });
    const reader = call.responses[Symbol.asyncIterator]();
    await reader.next();
    const stopped = echo.server.shutdown(5000);
    expect(await rejectionOf(reader.next())).to.include({ code: 'unavailable', reason: 'server_shutting_down' });
    echo.channel.close();
    await stopped;
  });

  it('lets a unary call finish within the grace', async () => {
    let finish: () => void = () => undefined;
    let begun: () => void = () => undefined;
    const started = new Promise<void>((resolve) => (begun = resolve));
    const finished = new Promise<void>((resolve) => (finish = resolve));
    echo = await openEcho({
      say: async () => {
        begun();
        await finished;
        return { text: 'done' };
      },
    });
    const response = echo.client.say({});
    await started;
    const stopped = echo.server.shutdown(5000);
    finish();
    expect((await response).text).to.equal('done');
    echo.channel.close();
    await stopped;
  });

  it('ends a unary call that outlasts the grace with a status', async () => {
    let begun: () => void = () => undefined;
    const started = new Promise<void>((resolve) => (begun = resolve));
    echo = await openEcho({
      say: (_, { signal }) => {
        begun();
        return once(signal, 'abort').then(() => ({}));
      },
    });
    const outcome = rejectionOf(echo.client.say({}));
    await started;
    await echo.server.shutdown(50);
    expect(await outcome).to.include({ code: 'unavailable', reason: 'server_shutting_down' });
  });

  it('does not wait for a client that never reads', async () => {
    echo = await openEcho();
    const reader = echo.client.repeat({ times: 0, payloadBytes: 100_000 })[Symbol.asyncIterator]();
    await reader.next();
    const before = performance.now();
    await echo.server.shutdown(100);
    expect(performance.now() - before).to.be.lessThan(3000);
    await rejectionOf(collect({ [Symbol.asyncIterator]: () => reader }));
  });

  it('does not wait for a connection that has fallen silent', async () => {
    echo = await openEcho();
    const line = await Line.open(echo.address);
    const channel = new Channel({ address: line.address, security: { kind: 'plaintext' }, clock: systemClock });
    const client = createClient(EchoService, channel);
    const reader = client.repeat({ times: 0, payloadBytes: 100_000 })[Symbol.asyncIterator]();
    await reader.next();
    line.silence();
    const before = performance.now();
    await echo.server.shutdown(100);
    expect(performance.now() - before).to.be.lessThan(3000);
    channel.close();
    await line.close();
    await rejectionOf(collect({ [Symbol.asyncIterator]: () => reader }));
  });

  it('is reached again by the same channel after it has come back', async () => {
    echo = await openEcho();
    const { address } = echo;
    await echo.client.say({});
    await echo.server.shutdown(0);
    const channel = new Channel({ address, security: { kind: 'plaintext' }, clock: systemClock });
    const client = createClient(EchoService, channel);
    await rejectionOf(client.say({}));
    echo.channel.close();
    echo = await openEcho({}, { address });
    let text = '';
    while (text === '')
      text = await client.say({ text: 'back' }).then(
        (response) => response.text,
        () => '',
      );
    expect(text).to.equal('back');
    channel.close();
  });
});
