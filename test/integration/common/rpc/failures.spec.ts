import { expect } from 'chai';
import { once } from 'node:events';
import { Health } from '../../../../common/gen/grpc/health/v1/health_pb.js';
import { systemClock } from '../../../../common/model/clock.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { RpcServer, createClient } from '../../../../common/rpc/index.js';
import { collect, openEcho, rejectionOf } from '../../../support/echo-server.js';
import type { EchoFixture } from '../../../support/echo-server.js';

/** Resolves with the reason a handler's signal was aborted for. */
function aborted(signal: AbortSignal): Promise<unknown> {
  return signal.aborted ? Promise.resolve(signal.reason) : once(signal, 'abort').then((): unknown => signal.reason);
}

/** A promise opened by hand. */
function latch<Value = void>(): { opened: Promise<Value>; open: (value: Value) => void } {
  let open: (value: Value) => void = () => undefined;
  const opened = new Promise<Value>((resolve) => (open = resolve));
  return { opened, open };
}

describe('RPC failures', () => {
  let echo: EchoFixture;
  afterEach(() => echo.close());

  it('carries code, reason, remedy, metadata and violations to the client', async () => {
    const facts = {
      code: 'invalid_argument',
      reason: 'bad_manifest',
      message: 'zwölf – “falsch” %\n',
      remedy: 'Fix it.',
      metadata: { file: 'a.yaml' },
      violations: [{ document: 'a.yaml#1', path: 'replicas', value: '-1', expected: '0 or more', remedy: 'Use 0.' }],
    } as const;
    echo = await openEcho({ say: () => Promise.reject(new HeadframeError({ ...facts, cause: new Error('secret') })) });
    const error = await rejectionOf(echo.client.say({}));
    expect(error).to.be.instanceOf(HeadframeError).and.to.include({ code: facts.code, reason: facts.reason });
    expect(error).to.include({ message: facts.message, remedy: facts.remedy });
    expect(error).to.have.deep.property('violations', facts.violations);
    expect(error).to.have.deep.property('metadata', facts.metadata);
    expect(echo.failures).to.deep.equal([]);
  });

  it('keeps the inside of an unforeseen error in the server, with the request id in both places', async () => {
    echo = await openEcho({ say: () => Promise.reject(new TypeError('password is 1234')) });
    const error = await rejectionOf(echo.client.say({}, { metadata: { 'x-request-id': 'r-9' } }));
    expect(error).to.include({ code: 'internal', reason: 'unforeseen' });
    expect(error).to.have.deep.property('metadata', { request_id: 'r-9' });
    expect(JSON.stringify(error) + String(error)).to.not.include('1234');
    expect(echo.failures).to.have.length(1);
    expect(echo.failures[0]).to.include({ requestId: 'r-9', method: '/echo.v1.EchoService/Say' });
  });

  it('takes no call that it refuses at that moment, of any method, and says why also of those that it does not know', async () => {
    const refused = new HeadframeError({ code: 'unavailable', reason: 'not_leader', message: 'ask another' });
    let asked: string[] = [];
    let refuses = true;
    echo = await openEcho(
      {},
      {
        refuses: (method) => {
          asked.push(method);
          return refuses ? refused : undefined;
        },
      },
    );
    expect(await rejectionOf(echo.client.say({}))).to.include({ code: 'unavailable', reason: 'not_leader' });
    expect(await rejectionOf(collect(echo.client.repeat({ times: 1 })))).to.include({ reason: 'not_leader' });
    const health = createClient(Health, echo.channel);
    expect(await rejectionOf(health.check({}))).to.include({ reason: 'not_leader' });
    expect(asked).to.deep.equal([
      '/echo.v1.EchoService/Say',
      '/echo.v1.EchoService/Repeat',
      '/grpc.health.v1.Health/Check',
    ]);
    [refuses, asked] = [false, []];
    expect(await echo.client.say({ text: 'on' })).to.include({ text: 'on' });
    expect(await rejectionOf(health.check({}))).to.include({ code: 'unimplemented' });
  });

  it('ends a stream with the status of the error its handler throws', async () => {
    const failure = new HeadframeError({ code: 'out_of_range', reason: 'compacted', message: 'list again' });
    echo = await openEcho({
      async *repeat() {
        yield { index: 1 };
        throw failure;
      },
    });
    const error = await rejectionOf(collect(echo.client.repeat({})));
    expect(error).to.include({ code: 'out_of_range', reason: 'compacted' });
  });

  it('ends a unary call and its handler at the deadline', async () => {
    let reason: Promise<unknown> | undefined;
    echo = await openEcho({
      say: (_, { signal }) => {
        reason = aborted(signal);
        return reason.then(() => ({}));
      },
    });
    const error = await rejectionOf(echo.client.say({}, { timeoutMs: 100 }));
    expect(error).to.include({ code: 'deadline_exceeded' });
    expect(await reason).to.be.instanceOf(HeadframeError);
  });

  it('aborts the handler when the client cancels', async () => {
    let reason: Promise<unknown> | undefined;
    const started = latch();
    echo = await openEcho({
      say: async (_, { signal }) => {
        reason = aborted(signal);
        started.open();
        await reason;
        return {};
      },
    });
    const controller = new AbortController();
    const outcome = rejectionOf(echo.client.say({}, { signal: controller.signal }));
    await started.opened;
    controller.abort();
    expect(await outcome).to.include({ code: 'cancelled' });
    expect(await reason).to.include({ code: 'cancelled' });
    expect(echo.failures).to.deep.equal([]);
  });

  it('makes no call on a signal that is aborted already', async () => {
    let calls = 0;
    echo = await openEcho({ say: async () => ({ text: String((calls += 1)) }) });
    const error = await rejectionOf(echo.client.say({}, { signal: AbortSignal.abort() }));
    expect(error).to.include({ code: 'cancelled' });
    expect(calls).to.equal(0);
  });

  it('cancels the remote call when a response stream is left early', async () => {
    const over = latch();
    let reason: unknown;
    echo = await openEcho({
      async *repeat(_, { signal }) {
        yield { index: 0 };
        reason = await aborted(signal);
        over.open();
      },
    });
    for await (const { index } of echo.client.repeat({})) if (index === 0) break;
    await over.opened;
    expect(reason).to.include({ code: 'cancelled' });
  });

  it('cancels the remote call when a two-way stream is left early, and refuses its writes', async () => {
    const over = latch();
    echo = await openEcho({
      async *chat(requests) {
        try {
          for await (const { text } of requests) yield { text };
        } finally {
          over.open();
        }
      },
    });
    const call = echo.client.chat();
    await call.requests.write({ text: 'a' });
    for await (const { text } of call.responses) if (text === 'a') break;
    await over.opened;
    expect(await rejectionOf(call.requests.write({ text: 'b' }))).to.include({ code: 'cancelled' });
    expect(call.requests.closed).to.equal(true);
  });

  it('tells a client whose requests fail what they threw, and cancels the call', async () => {
    const seen = latch();
    const over = latch();
    echo = await openEcho({
      join: async (requests, { signal }) => {
        for await (const { text } of requests) if (text === 'a') break;
        seen.open();
        await aborted(signal);
        over.open();
        return {};
      },
    });
    async function* broken(): AsyncGenerator<{ text: string }> {
      yield { text: 'a' };
      await seen.opened;
      throw new RangeError('source');
    }
    expect(await rejectionOf(echo.client.join(broken()))).to.be.instanceOf(RangeError);
    await over.opened;
  });

  it('ends writes and reads of a call that the server has ended', async () => {
    echo = await openEcho({
      chat: {
        withWriter: () =>
          Promise.reject(new HeadframeError({ code: 'aborted', reason: 'newer_session', message: 'x' })),
      },
    });
    const call = echo.client.chat();
    expect(await rejectionOf(collect(call.responses))).to.include({ code: 'aborted', reason: 'newer_session' });
    expect(await rejectionOf(call.requests.write({ text: 'late' }))).to.include({ reason: 'newer_session' });
    expect(call.requests.tryWrite({ text: 'late' })).to.equal(false);
  });

  it('ends the writes of a handler whose client has gone', async () => {
    const outcome = latch<unknown>();
    echo = await openEcho({
      repeat: {
        withWriter: async (_, responses, { signal }) => {
          await responses.write({ index: 1 });
          await aborted(signal);
          outcome.open(await rejectionOf(responses.write({ index: 2 })));
        },
      },
    });
    for await (const { index } of echo.client.repeat({})) if (index === 1) break;
    expect(await outcome.opened).to.include({ code: 'cancelled' });
  });

  it('fails open calls, and later ones, when the channel is closed', async () => {
    echo = await openEcho();
    const call = echo.client.chat();
    await call.requests.write({ text: 'a' });
    const reader = call.responses[Symbol.asyncIterator]();
    await reader.next();
    echo.channel.close();
    expect(await rejectionOf(reader.next())).to.include({ code: 'cancelled' });
    expect(await rejectionOf(echo.client.say({}))).to.include({ code: 'unavailable', reason: 'channel_closed' });
  });

  it('answers unavailable where no server listens', async () => {
    echo = await openEcho();
    await echo.server.shutdown(0);
    expect(await rejectionOf(echo.client.say({}))).to.include({ code: 'unavailable' });
  });

  it('refuses a second server on the same address', async () => {
    echo = await openEcho();
    const { address } = echo;
    const second = new RpcServer({ clock: systemClock, newRequestId: () => 'r', onUnforeseen: () => undefined });
    const error = await rejectionOf(second.listen(address, { kind: 'plaintext' }));
    expect(error).to.include({ code: 'unavailable', reason: 'listen_failed' });
    await second.shutdown(0);
  });
});
