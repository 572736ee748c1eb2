import { expect } from 'chai';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { splitAddress } from '../../../../common/model/address.js';
import { systemClock } from '../../../../common/model/clock.js';
import { LOCAL_CALLER } from '../../../../common/model/caller.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { handOnTo } from '../../../../common/rpc/hand-on-to.js';
import type { CallContext, ServiceImplementation } from '../../../../common/rpc/index.js';
import { collect, rejectionOf } from '../../../support/echo-server.js';
import { expectReason } from '../../../support/expect-reason.js';
import type { EchoService } from '../../../support/gen/echo/v1/echo_pb.js';
import { HandOnPair, TOKEN, agentOf, mutual } from '../../../support/hand-on-pair.js';
import { MemoryPlace } from '../../../support/memory-place.js';
import { TcpGate } from '../../../support/tcp-gate.js';
import { openTestAuthority } from '../../../support/test-authority.js';
import { waitFor } from '../../../support/wait-for.js';

async function* texts(...all: string[]): AsyncGenerator<{ text: string }> {
  for (const text of all) yield { text };
}

describe('calls that are handed on', () => {
  it('are answered as where they are served, of every kind, and large ones', async () => {
    await using pair = await HandOnPair.open();
    const client = await pair.client((await pair.follow()).address);
    const payload = new Uint8Array(3 * 2 ** 20).fill(7);
    const said = await client.say({ text: 'hello', payload });
    expect([said.text, Buffer.compare(said.payload, payload)]).to.deep.equal(['hello', 0]);
    expect(await collect(client.repeat({ text: 'x', times: 300, payloadBytes: 5_000 }))).to.have.length(300);
    expect((await client.join(texts('a', 'b', 'c'))).text).to.equal('a b c');
    const chat = client.chat();
    for (const text of ['d', 'e']) await chat.requests.write({ text });
    chat.requests.end();
    expect((await collect(chat.responses)).map(({ text }) => text)).to.deep.equal(['d', 'e']);
    await waitFor('all to be over', () => pair.outcomes.length === 4);
    expect(new Set(pair.outcomes)).to.deep.equal(new Set(['answered']));
    const tooLarge = client.say({ payload: new Uint8Array(5 * 2 ** 20) });
    expect(await rejectionOf(tooLarge)).to.include({ code: 'resource_exhausted' });
  });

  it('go where coordinators, and nobody else, are told the revision of the one that leads, as long as it does', async () => {
    await using pair = await HandOnPair.open();
    const { handing } = await pair.follow();
    expect(await handing.revision()).to.equal(7);
    pair.revision = 8;
    expect(await handing.revision()).to.equal(8);
    pair.refusal = new HeadframeError({ code: 'unavailable', reason: 'not_leader', message: 'no more' });
    expect(await handing.revision()).to.equal(undefined);
    pair.refusal = undefined;
    const follower = await pair.follow();
    // Who tells no revision is as one of a version that does not know the question.
    const unasked = await pair.follow(() => follower.address);
    expect(await unasked.handing.revision()).to.equal(undefined);
    const nowhere = await pair.follow(() => undefined);
    expect(await nowhere.handing.revision()).to.equal(undefined);
    const admin = await pair.authority.issueIdentity({ role: 'admin', name: 'ada' });
    const parts = { clock: systemClock, target: () => pair.address, onConnect: () => undefined, takes: () => true };
    const refusal = () => new HeadframeError({ code: 'unavailable', reason: 'not_leader', message: 'no' });
    const authorize = () => LOCAL_CALLER;
    const other = handOnTo({ ...parts, refusal, authorize, source: { current: () => admin } });
    expect(await other.revision()).to.equal(undefined);
    other.close();
    expect(await handing.revision()).to.equal(8);
  });

  it('tell where they are served who makes them, from where, by whom they came, and their id; what was thrown comes back whole', async () => {
    const seen: CallContext[] = [];
    const thrown = new HeadframeError({
      ...{ code: 'failed_precondition', reason: 'sky_is_green', message: 'the sky: grün', remedy: 'Wait.' },
      ...{ metadata: { colour: 'grün' }, violations: [{ path: 'sky', expected: 'blue' }] },
    });
    await using pair = await HandOnPair.open({
      say: async (_request, context) => {
        seen.push(context);
        throw thrown;
      },
    });
    const client = await pair.client((await pair.follow()).address);
    const metadata = { 'x-request-id': 'r-17', 'x-other': 'yes' };
    const error = await rejectionOf(client.say({}, { metadata, timeoutMs: 5_000 }));
    const { code, reason, message, remedy } = thrown;
    if (!(error instanceof HeadframeError)) throw error;
    expect(error).to.include({ code, reason, message, remedy });
    expect([error.metadata, error.violations]).to.deep.equal([thrown.metadata, thrown.violations]);
    const [context] = seen;
    expect(context?.caller).to.include({ role: 'admin', name: 'ada' });
    expect(context).to.include({ via: 'c2:1', requestId: 'r-17' });
    expect(context?.peer).to.match(/^127\.0\.0\.1:\d+$/);
    expect([context?.metadata.get('x-other'), context?.metadata.get('headframe-on-behalf-of')]).to.deep.equal([
      'yes',
      undefined,
    ]);
    expect((context?.deadlineMs ?? Infinity) - Date.now()).to.be.within(1, 5_000);
  });

  it('are given up where they are served when their caller gives them up, and are sent no faster than they are read', async () => {
    let sent = 0;
    let isLeft = false;
    await using pair = await HandOnPair.open({
      async *repeat(_request, { signal }) {
        signal.addEventListener('abort', () => (isLeft = true));
        for (;;) {
          sent += 1;
          yield { payload: new Uint8Array(65_536) };
        }
      },
    });
    const client = await pair.client((await pair.follow()).address);
    const answers = client.repeat({})[Symbol.asyncIterator]();
    await answers.next();
    let before = -1;
    await waitFor('the stream to stand', async () => {
      const stands = sent === before;
      before = sent;
      await sleep(300);
      return stands;
    });
    // 16 messages in each of the streams of both servers and the client, and what the kernel holds.
    expect(sent).to.be.below(400);
    await answers.return?.();
    await waitFor('the handler to hear of it', () => isLeft);
    expect(pair.outcomes).to.deep.equal(['left']);
  });

  it('are made once: what was let in when the connection broke is lost, what never left is refused, and the next is answered', async () => {
    let said = 0;
    const handlers: Partial<ServiceImplementation<typeof EchoService>> = {
      say: async ({ text }, { signal }) => {
        said += 1;
        if (text === 'now') return { text };
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('left')));
        });
      },
      async *repeat(_request, { signal }) {
        yield { text: 'first' };
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      },
    };
    await using pair = await HandOnPair.open(handlers);
    const gate = new TcpGate(splitAddress(pair.address));
    await gate.open();
    const client = await pair.client((await pair.follow(() => `127.0.0.1:${String(gate.port)}`)).address);
    const unary = rejectionOf(client.say({ text: 'for ever' }));
    const answers = client.repeat({})[Symbol.asyncIterator]();
    await answers.next();
    await waitFor('the call', () => said === 1);
    const over = rejectionOf(answers.next());
    await gate.shut();
    expect(await unary).to.include({ code: 'unavailable', reason: 'leader_lost' });
    expect(await over).to.include({ code: 'unavailable', reason: 'leader_lost' });
    expect(await rejectionOf(client.say({ text: 'now' }))).to.include({ code: 'unavailable', reason: 'not_leader' });
    expect(said).to.equal(1);
    await gate.open();
    expect((await client.say({ text: 'now' })).text).to.equal('now');
    expect(said).to.equal(2);
    expect(pair.outcomes).to.deep.equal(['lost', 'lost', 'unreached', 'answered']);
    await gate.shut();
  });

  it('say nothing of what is asked before they are let in, so that what is refused then was never made', async () => {
    await using pair = await HandOnPair.open();
    let [asked, bytes] = [0, 0];
    const { certificate: cert, key } = pair.own;
    const deaf = createSecureServer({ cert, key, minVersion: 'TLSv1.3' });
    deaf.on('stream', (stream) => {
      asked += 1;
      stream.on('error', () => undefined);
      stream.on('data', (chunk: Buffer) => (bytes += chunk.length));
      setTimeout(() => stream.session?.destroy(), 50);
    });
    deaf.listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    // A server that listens at a port has an address with it.
    const { port } = deaf.address() as AddressInfo;
    const client = await pair.client((await pair.follow(() => `127.0.0.1:${String(port)}`)).address);
    await expectReason(client.say({ text: 'hello' }), 'not_leader');
    expect([asked, bytes]).to.deep.equal([2, 0]);
    deaf.close();
  });

  it('are refused by who leads where their caller was revoked, and let in by tokens that it alone knows', async () => {
    await using pair = await HandOnPair.open();
    const { address } = await pair.follow();
    const ada = await pair.authority.issueIdentity({ role: 'admin', name: 'ada' });
    const client = await pair.client(address, mutual(ada));
    await client.say({});
    pair.revoked = new X509Certificate(ada.certificate).serialNumber.toLowerCase();
    await expectReason(client.say({}), 'unauthenticated');
    expect(pair.refused).to.deep.equal(['revoked', 'revoked stranger via c2:1']);

    const trust = { authorities: Buffer.from(pair.authority.bundle) };
    const bot = await pair.client(address, { kind: 'bearer', token: TOKEN, trust });
    // More than whoever is unknown may send.
    const words = Array.from({ length: 40 }, () => 'x'.repeat(20_000));
    expect((await bot.join(texts(...words))).text).to.have.length(40 * 20_001 - 1);
    const other = await pair.client(address, { kind: 'bearer', token: 'key.wrong', trust });
    await expectReason(other.say({}), 'token_unknown');
    const stranger = await pair.client(address, { kind: 'pinned', digest: pair.authority.digest });
    await expectReason(stranger.say({}), 'unauthenticated');
    expect(pair.refused.at(-1)).to.equal('token_unknown stranger via c2:1');
  });

  it('are taken from coordinators alone, who can do nothing of their own by what proves them', async () => {
    await using pair = await HandOnPair.open();
    const { address, identity } = await pair.follow();
    const metadata = { 'headframe-on-behalf-of': '10.0.0.1:1' };
    for (const at of [pair.address, address]) {
      const operator = await pair.client(
        at,
        mutual(await pair.authority.issueIdentity({ role: 'operator', name: 'eve' })),
      );
      await expectReason(operator.say({}, { metadata }), 'on_behalf_refused');
      const agent = await pair.client(at, mutual(await agentOf(pair.authority, 'h-1')));
      await expectReason(agent.say({}, { metadata }), 'on_behalf_refused');
      const stranger = await pair.client(at, { kind: 'pinned', digest: pair.authority.digest });
      await expectReason(stranger.say({}, { metadata }), 'unauthenticated');
    }
    expect(pair.refused).to.include.members(['on_behalf_refused eve via nobody', 'on_behalf_refused h-1 via nobody']);
    const coordinator = await pair.client(pair.address, mutual(identity));
    await expectReason(coordinator.say({}), 'unauthenticated');
    // Evidence of nobody makes nobody of it, and evidence that is foreign neither.
    await expectReason(coordinator.say({}, { metadata }), 'unauthenticated');
    const foreign = await (await openTestAuthority(new MemoryPlace(), systemClock)).issueCoordinator('c9:1');
    const authorities = Buffer.from(pair.authority.bundle);
    const other = await pair.client(pair.address, mutual({ ...foreign, authorities }));
    await expectReason(other.say({}, { metadata }), 'unauthenticated');
  });

  it('are not handed on again, nor to whom the fleet does not know by that name', async () => {
    await using pair = await HandOnPair.open();
    const addresses: string[] = [];
    const one = await pair.follow(() => addresses[1], 'c2:1');
    const other = await pair.follow(() => addresses[0], 'c3:1');
    addresses.push(one.address, other.address);
    const client = await pair.client(one.address);
    await expectReason(client.say({}), 'not_leader');
    expect(pair.looks).to.equal(1);
    addresses[1] = pair.address.replace('127.0.0.1', 'localhost');
    await expectReason(client.say({}), 'not_leader');
    addresses[1] = pair.address;
    expect((await client.say({ text: 'there' })).text).to.equal('there');
  });
});
