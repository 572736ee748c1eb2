import { expect } from 'chai';
import type { TunnelRequest, TunnelResponseSchema } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import { CallEnd } from '../../../../common/rpc/call-end.js';
import type { Outgoing } from '../../../../common/rpc/index.js';
import { StreamWriter } from '../../../../common/rpc/stream-writer.js';
import type { MessageSink } from '../../../../common/rpc/stream-writer.js';
import { TunnelBroker } from '../../../../coordinator/sessions/tunnels.js';
import { expectReason } from '../../../support/expect-reason.js';
import { ManualClock } from '../../../support/manual-clock.js';

const never = new AbortController().signal;

async function* nothing(): AsyncGenerator<TunnelRequest> {
  // A tunnel through which nothing comes.
}

type Response = Outgoing<typeof TunnelResponseSchema>;

function openWriter(): { end: CallEnd; writer: StreamWriter<Response> } {
  const end = new CallEnd();
  const sink = { write: () => true, end: () => undefined, writableNeedDrain: false, on: () => sink };
  // The smallest thing that takes messages; Writable's many overloads of `on` ask for a cast.
  return { end, writer: new StreamWriter(sink as unknown as MessageSink<Response>, end) };
}

describe('TunnelBroker', () => {
  let clock: ManualClock;
  let broker: TunnelBroker;
  let ids: number;

  beforeEach(() => {
    clock = new ManualClock();
    ids = 0;
    broker = new TunnelBroker({ clock, newId: () => `tunnel-${(ids += 1)}` });
  });

  it('hands a tunnel to the one who asked for it and holds it open until that one closes it', async () => {
    const asked: string[] = [];
    const opened = broker.open(
      'host-1',
      async (id) => {
        asked.push(id);
      },
      never,
    );
    const accepted = broker.accept({ tunnelId: 'tunnel-1', hostId: 'host-1' }, nothing(), openWriter().writer);
    (await opened).close();
    await accepted;
    expect(asked).to.deep.equal(['tunnel-1']);
  });

  it('refuses a tunnel nobody asked for, one of another host, and a second one', async () => {
    const accept = (tunnelId: string, hostId: string): Promise<void> =>
      broker.accept({ tunnelId, hostId }, nothing(), openWriter().writer);
    await expectReason(accept('tunnel-1', 'host-1'), 'unknown_tunnel');
    const opened = broker.open('host-1', async () => undefined, never);
    await expectReason(accept('tunnel-1', 'host-2'), 'unknown_tunnel');
    const accepted = accept('tunnel-1', 'host-1');
    await expectReason(accept('tunnel-1', 'host-1'), 'unknown_tunnel');
    (await opened).close();
    await accepted;
  });

  it('gives up on an agent that opens none in time', async () => {
    const opened = broker.open('host-1', async () => undefined, never);
    const refused = expectReason(opened, 'tunnel_not_opened');
    await clock.advanceAsync(10_000);
    expect(await refused).to.include({ code: 'unavailable' });
    await expectReason(
      broker.accept({ tunnelId: 'tunnel-1', hostId: 'host-1' }, nothing(), openWriter().writer),
      'unknown_tunnel',
    );
    expect(clock.pendingTimers).to.equal(0);
  });

  it('stops waiting when the caller goes away or the agent cannot be asked', async () => {
    const caller = new AbortController();
    const opened = broker.open('host-1', async () => undefined, caller.signal);
    caller.abort(new Error('gone'));
    expect(await opened.catch((error: unknown) => error)).to.have.property('message', 'gone');
    const unsent = broker.open('host-1', () => Promise.reject(new Error('no session')), never);
    expect(await unsent.catch((error: unknown) => error)).to.have.property('message', 'no session');
    expect(clock.pendingTimers).to.equal(0);
  });

  it('lets a tunnel go when its call ends, before or after it was handed over', async () => {
    const opened = broker.open('host-1', async () => undefined, never);
    const { end, writer } = openWriter();
    const accepted = broker.accept({ tunnelId: 'tunnel-1', hostId: 'host-1' }, nothing(), writer);
    end.end();
    await accepted;
    expect((await opened).outgoing.closed).to.equal(true);
  });
});
