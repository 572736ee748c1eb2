import { create, equals } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeMessage } from '../../../../common/rpc/index.js';
import type { CallContext, Outgoing, ServiceImplementation, StreamWriter } from '../../../../common/rpc/index.js';
import { collect, openEcho, plainEcho } from '../../../support/echo-server.js';
import type { EchoFixture } from '../../../support/echo-server.js';
import type { ChatResponseSchema, EchoService } from '../../../support/gen/echo/v1/echo_pb.js';
import { RepeatResponseSchema, SayResponseSchema } from '../../../support/gen/echo/v1/echo_pb.js';

async function* texts(...all: string[]): AsyncGenerator<{ text: string }> {
  for (const text of all) yield { text };
}

describe('RPC calls', () => {
  let echo: EchoFixture;
  afterEach(() => echo.close());

  it('carries one request and one response', async () => {
    echo = await openEcho();
    const response = await echo.client.say({ text: 'hello', payload: new Uint8Array([1, 2]) });
    const expected = create(SayResponseSchema, { text: 'hello', payload: new Uint8Array([1, 2]) });
    expect(equals(SayResponseSchema, response, expected)).to.equal(true);
  });

  it('hands out bytes that are nobody else’s', async () => {
    let seen: Uint8Array | undefined;
    echo = await openEcho({ say: async ({ payload }) => ({ payload: (seen = payload) }) });
    const { payload } = await echo.client.say({ payload: new Uint8Array([1, 2, 3]) });
    expect(payload).to.not.be.instanceOf(Buffer);
    expect(seen).to.not.be.instanceOf(Buffer);
    expect(seen?.buffer.byteLength).to.be.lessThan(100);
  });

  it('carries many responses in order', async () => {
    echo = await openEcho();
    const responses = await collect(echo.client.repeat({ text: 'x', times: 500 }));
    expect(responses.map(({ index }) => index)).to.deep.equal([...Array(500).keys()]);
  });

  it('carries many requests to one response', async () => {
    echo = await openEcho();
    const response = await echo.client.join(texts('a', 'b', 'c'));
    expect(response.text).to.equal('a b c');
  });

  it('carries both directions, and goes on answering after the half-close', async () => {
    echo = await openEcho({
      async *chat(requests) {
        const all = await collect(requests);
        for (const { text } of all) yield { text: text.toUpperCase() };
      },
    });
    const call = echo.client.chat();
    for (const text of ['a', 'b', 'c']) await call.requests.write({ text });
    call.requests.end();
    const answers = await collect(call.responses);
    expect(answers.map(({ text }) => text)).to.deep.equal(['A', 'B', 'C']);
  });

  it('lets many places push into one call, in the order of their writes', async () => {
    let pushed: StreamWriter<Outgoing<typeof ChatResponseSchema>> | undefined;
    echo = await openEcho({
      chat: {
        withWriter: async (requests, responses) => {
          pushed = responses;
          for await (const { text } of requests) void responses.write({ text: `re ${text}` });
        },
      },
    });
    const call = echo.client.chat();
    await call.requests.write({ text: '0' });
    const reader = call.responses[Symbol.asyncIterator]();
    expect((await reader.next()).value).to.have.property('text', 're 0');
    await Promise.all(
      Array.from(
        { length: 100 },
        (_, index) => pushed?.write({ text: String(index) }) ?? Promise.reject(new Error('no call')),
      ),
    );
    call.requests.end();
    const rest = await collect({ [Symbol.asyncIterator]: () => reader });
    expect(rest.map(({ text }) => text)).to.deep.equal([...Array(100).keys()].map(String));
  });

  it('sends one encoding to many streams', async () => {
    const encoded = encodeMessage(RepeatResponseSchema, { index: 7, text: 'shared' });
    echo = await openEcho({
      async *repeat() {
        yield encoded;
        yield encoded;
      },
    });
    const both = await Promise.all([collect(echo.client.repeat({})), collect(echo.client.repeat({}))]);
    expect(both.flat().map(({ index, text }) => [index, text])).to.deep.equal(Array(4).fill([7, 'shared']));
  });

  it('tells the handler the metadata, the peer, the deadline and the request id', async () => {
    let context: CallContext | undefined;
    echo = await openEcho({
      say: async (_, given) => {
        context = given;
        return {};
      },
    });
    const before = Date.now();
    await echo.client.say({}, { timeoutMs: 5000, metadata: { 'x-request-id': 'r-1', 'x-colour': 'blue' } });
    expect(context?.requestId).to.equal('r-1');
    expect(context?.metadata.get('x-colour')).to.equal('blue');
    expect(context?.metadata.get('x-absent')).to.equal(undefined);
    expect(context?.method).to.equal('/echo.v1.EchoService/Say');
    expect(context?.peer).to.match(/^127\.0\.0\.1:\d+$/);
    expect(context?.deadlineMs).to.be.within(before + 4000, before + 6000);
  });

  it('makes a request id where the client sends none or a wild one', async () => {
    const seen: string[] = [];
    echo = await openEcho(
      { say: async (_, { requestId }) => ({ text: (seen.push(requestId), requestId) }) },
      { newRequestId: () => 'made-here' },
    );
    await echo.client.say({});
    await echo.client.say({}, { metadata: { 'x-request-id': 'two words' } });
    expect(seen).to.deep.equal(['made-here', 'made-here']);
  });

  it('serves a unix socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rpc-'));
    try {
      echo = await openEcho({}, { address: `unix:${join(folder, 'echo.sock')}` });
      expect((await echo.client.say({ text: 'near' })).text).to.equal('near');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('lets a class with methods implement a service', async () => {
    class Loud implements ServiceImplementation<typeof EchoService> {
      readonly mark = '!';
      readonly repeat = plainEcho.repeat;
      readonly join = plainEcho.join;
      readonly chat = plainEcho.chat;
      async say({ text }: { text: string }): Promise<{ text: string }> {
        return { text: text + this.mark };
      }
    }
    echo = await openEcho(new Loud());
    expect((await echo.client.say({ text: 'a' })).text).to.equal('a!');
  });
});
