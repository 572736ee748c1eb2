import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { FleetService, WatchFleetResponseSchema } from '../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { HeadframeError } from '../../../../common/model/error.js';
import type { Caller } from '../../../../common/model/caller.js';
import { RpcServer, encodeMessage } from '../../../../common/rpc/index.js';
import type { AnyHandler } from '../../../../common/rpc/implementation.js';
import type { CallContext, EndedCall, MethodHandler } from '../../../../common/rpc/index.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { expectReason } from '../../../support/expect-reason.js';
import { reasonOf } from '../../../support/thrown-reason.js';

const { exec, getMiner, watchFleet, listMiners } = FleetService.method;
const OPERATOR: Caller = { role: 'operator', name: 'o', credential: 'c' };

const SHARED = encodeMessage(WatchFleetResponseSchema, { revision: 2n });
const END = { case: 'stdinEnd' as const, value: true };

function pieceOf(size: number) {
  return { case: 'stdin' as const, value: new Uint8Array(size) };
}

describe('LocalCalls', () => {
  const clock = new ManualClock();
  let ended: string[];
  let unforeseen: unknown[];
  let refused: string[];
  let open: number;
  let server: RpcServer;
  let contexts: CallContext[];

  beforeEach(() => {
    [ended, unforeseen, refused, open, contexts] = [[], [], [], 0, []];
    server = new RpcServer({
      clock,
      newRequestId: () => 'made',
      onUnforeseen: ({ error }) => unforeseen.push(error),
      onEnded: ({ method, code }: EndedCall) => ended.push(`${method.replace(/^.*\//, '')} ${code}`),
      authorize: ({ metadata }) => {
        if (metadata.get('authorization') === 'Bearer good') return OPERATOR;
        throw new HeadframeError({ code: 'unauthenticated', reason: 'unauthenticated', message: 'no' });
      },
      permit: (_caller, { method }) => {
        if (method.endsWith('/ListMiners'))
          throw new HeadframeError({ code: 'permission_denied', reason: 'permission_denied', message: 'no' });
        open += 1;
        return () => (open -= 1);
      },
      audit: { open: () => undefined, refused: (_request, { reason }) => refused.push(reason) },
    });
    // A handler of the method's kind, as the server is given them; which method's it is its type does not tell.
    server.local.add(getMiner, answer as AnyHandler);
    server.local.add(watchFleet, watch);
    server.local.add(exec, repeat as AnyHandler);
  });

  const answer: MethodHandler<typeof getMiner> = ({ name }, context) => {
    contexts.push(context);
    if (name === 'fault') return Promise.reject(new Error('inside'));
    if (name === 'slow') return new Promise(() => undefined);
    return Promise.resolve({ miner: { spec: { name } } });
  };

  async function* watch(_request: unknown, { signal }: CallContext) {
    yield { revision: 1n };
    yield SHARED;
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve, { once: true });
    });
  }

  const repeat: MethodHandler<typeof exec> = async function* (requests) {
    for await (const { message } of requests)
      if (message.case === 'stdin') yield { message: { case: 'exitCode' as const, value: message.value.length } };
      else if (message.case === 'stdinEnd')
        throw new HeadframeError({ code: 'aborted', reason: 'stopped', message: 'no' });
  };

  async function* pieces(...sizes: readonly number[]) {
    for (const size of sizes) yield await Promise.resolve({ message: size < 0 ? END : pieceOf(size) });
  }

  function asker(token = 'good') {
    const get = (name: string) => (name === 'authorization' ? `Bearer ${token}` : undefined);
    return { peer: '10.0.0.1:1', certificate: undefined, isPrivate: true, metadata: { get }, requestId: 'r' };
  }

  const never = new AbortController().signal;

  it('answers as the handler does, by whoever asks, and counts the call', async () => {
    const admission = server.local.admit(asker(), getMiner);
    expect(open).to.equal(1);
    const { miner } = await server.local.call(admission, getMiner, { name: 'alpha' }, { signal: never });
    expect([miner?.spec?.name, open, ended]).to.deep.equal(['alpha', 0, ['GetMiner ok']]);
    expect(contexts[0]).to.deep.include({ caller: OPERATOR, requestId: 'r', peer: '10.0.0.1:1' });
  });

  it('lets in nobody whom gRPC would not, records and counts it', () => {
    expect(reasonOf(() => server.local.admit(asker('bad'), getMiner))).to.equal('unauthenticated');
    expect(reasonOf(() => server.local.admit(asker(), listMiners))).to.equal('permission_denied');
    expect(refused).to.deep.equal(['unauthenticated', 'permission_denied']);
    expect(ended).to.deep.equal(['GetMiner unauthenticated', 'ListMiners permission_denied']);
  });

  it('hides what nobody foresaw', async () => {
    const admission = server.local.admit(asker(), getMiner);
    const call = server.local.call(admission, getMiner, { name: 'fault' }, { signal: never });
    const error = await expectReason(call, 'unforeseen');
    expect([error.message.includes('inside'), unforeseen.length, open]).to.deep.equal([false, 1, 0]);
  });

  it('ends a call at its deadline, and when whoever made it has gone', async () => {
    const slow = (signal: AbortSignal) =>
      server.local.call(server.local.admit(asker(), getMiner), getMiner, { name: 'slow' }, { signal, timeoutMs: 1000 });
    const late = slow(never);
    clock.advance(1000);
    await expectReason(late, 'deadline_exceeded');
    const gone = new AbortController();
    const left = slow(gone.signal);
    gone.abort();
    await expectReason(left, 'cancelled');
    expect([open, contexts.map(({ signal }) => signal.aborted)]).to.deep.equal([0, [true, true]]);
  });

  it('streams, and ends the call when it is left', async () => {
    const seen: bigint[] = [];
    const admission = server.local.admit(asker(), watchFleet);
    for await (const { revision } of server.local.stream(admission, watchFleet, {}, { signal: never })) {
      seen.push(revision);
      if (revision === 2n) break;
    }
    expect([seen, open, ended]).to.deep.equal([[1n, 2n], 0, ['WatchFleet cancelled']]);
  });

  it('reads what was encoded for many once', async () => {
    const seen: object[] = [];
    for (let reader = 0; reader < 2; reader += 1) {
      const admission = server.local.admit(asker(), watchFleet);
      for await (const message of server.local.stream(admission, watchFleet, {}, { signal: never }))
        if (seen.push(message) % 2 === 0) break;
    }
    expect(seen[3]).to.equal(seen[1]);
    expect(seen[2]).not.to.equal(seen[0]);
  });

  it('talks: sends a stream, and answers with one, to its end or failure', async () => {
    const talk = async (...sizes: readonly number[]) => {
      const heard: unknown[] = [];
      const admission = server.local.admit(asker(), exec);
      for await (const { message } of server.local.talk(admission, exec, pieces(...sizes), { signal: never }))
        heard.push(message.value);
      return heard;
    };
    expect(await talk(3, 5)).to.deep.equal([3, 5]);
    await expectReason(talk(3, -1), 'stopped');
    expect([open, ended]).to.deep.equal([0, ['Exec ok', 'Exec aborted']]);
  });

  it('ends the streams of those who are no longer believed with the reason', async () => {
    const stream = server.local.stream(server.local.admit(asker(), watchFleet), watchFleet, {}, { signal: never });
    await stream.next();
    await stream.next();
    const next = stream.next();
    server.endStreams(({ name }) =>
      name === 'o' ? new HeadframeError({ code: 'unauthenticated', reason: 'revoked', message: '' }) : undefined,
    );
    await expectReason(next, 'revoked');
    expect(open).to.equal(0);
  });

  it('takes no stream once the server shuts down, and ends those there are', async () => {
    const there = server.local.stream(server.local.admit(asker(), watchFleet), watchFleet, {}, { signal: never });
    await there.next();
    const shut = server.shutdown(0);
    await expectReason(there.next(), 'server_shutting_down');
    const late = server.local.stream(server.local.admit(asker(), watchFleet), watchFleet, {}, { signal: never });
    await expectReason(late.next(), 'server_shutting_down');
    clock.advance(10_000);
    await shut;
  });

  it('has a message of the method even where the handler gave its fields alone', async () => {
    const admission = server.local.admit(asker(), getMiner);
    const told = await server.local.call(admission, getMiner, { name: 'alpha' }, { signal: never });
    expect(told).to.deep.equal(create(getMiner.output, { miner: { spec: { name: 'alpha' } } }));
  });
});
