import { expect } from 'chai';
import { ClientSocket } from '../../../../../coordinator/gateway/live/client-socket.js';
import { ReadyFrame } from '../../../../../coordinator/gateway/live/shared-frames.js';
import { ManualClock } from '../../../../support/manual-clock.js';

const FRAME = { type: 'Relist', id: 'a' } as const;

describe('ClientSocket', () => {
  let clock: ManualClock;
  let said: string[];
  let takeNext: (() => void)[];
  let buffered: number;
  let socket: ClientSocket;

  beforeEach(() => {
    clock = new ManualClock();
    [said, takeNext, buffered] = [[], [], 1];
    const speaker = {
      get bufferedAmount() {
        return buffered;
      },
      send: (text: string, done: () => void) => {
        said.push(text);
        takeNext.push(done);
      },
      sendReady: ({ wire }: ReadyFrame, done: () => void) => {
        said.push(`ready ${wire.subarray(2).toString()}`);
        takeNext.push(done);
      },
      ping: () => said.push('ping'),
      pong: (data: Buffer, done: () => void) => {
        said.push(`pong ${data.toString()}`);
        takeNext.push(done);
      },
      close: (code: number) => said.push(`close ${String(code)}`),
      terminate: () => said.push('terminate'),
    };
    socket = new ClientSocket(speaker, clock, { slowMs: 1_000, pingMs: 20_000 });
  });

  it('says a frame, and is done once the client has taken it', async () => {
    let isTaken = false;
    const saying = socket.say(FRAME)?.then(() => (isTaken = true));
    await Promise.resolve();
    expect([said, isTaken]).to.deep.equal([[JSON.stringify(FRAME)], false]);
    takeNext[0]?.();
    await saying;
    clock.advance(1_000);
    expect(socket.signal.aborted).to.equal(false);
  });

  it('says what is ready as it is, and waits for that too', async () => {
    const saying = socket.say(new ReadyFrame('{"type":"Events"}'));
    expect(said).to.deep.equal(['ready {"type":"Events"}']);
    takeNext[0]?.();
    await saying;
  });

  it('cuts a client off that does not take a frame in time, and drops it if it does not read why', async () => {
    const saying = socket.say(FRAME);
    clock.advance(999);
    expect(socket.signal.aborted).to.equal(false);
    clock.advance(1);
    await saying;
    await socket.say(FRAME);
    expect([socket.signal.aborted, said.slice(1)]).to.deep.equal([true, ['close 4429']]);
    clock.advance(5_000);
    expect(said.at(-1)).to.equal('terminate');
  });

  it('waits for nothing, nor for how long, where the system has taken a frame at once', () => {
    buffered = 0;
    const sayings = Array.from({ length: 1_000 }, () => socket.say(FRAME));
    for (const taken of takeNext) taken();
    expect(sayings.filter((saying) => saying !== undefined)).to.deep.equal([]);
    // That of the next ping.
    expect([said.length, clock.pendingTimers]).to.deep.equal([1_000, 1]);
  });

  it('lets no more than a bounded number of frames wait', () => {
    for (let count = 0; count < 1_000; count += 1) void socket.say(FRAME);
    expect([said.length, said.at(-1)]).to.deep.equal([257, 'close 4429']);
  });

  it('pings, and ends with a client from which nothing is heard', () => {
    clock.advance(20_000);
    socket.heard();
    clock.advance(20_000);
    expect(said).to.deep.equal(['ping', 'ping']);
    clock.advance(20_000);
    expect(said).to.deep.equal(['ping', 'ping', 'close 4408']);
  });

  it('answers a ping, and none more before the answer is taken', () => {
    for (const name of ['a', 'b', 'c']) socket.pinged(Buffer.from(name));
    expect(said).to.deep.equal(['pong a']);
    takeNext[0]?.();
    socket.pinged(Buffer.from('d'));
    expect(said).to.deep.equal(['pong a', 'pong d']);
  });

  it('cuts a client off that says more than it may, and no other', () => {
    for (let second = 0; second < 10; second += 1) {
      for (let count = 0; count < 50; count += 1) socket.heard();
      clock.advance(1_000);
    }
    expect(said).to.deep.equal([]);
    for (let count = 0; count < 201; count += 1) socket.heard();
    expect(said).to.deep.equal(['close 4429']);
  });

  it('does nothing more once the connection has gone', async () => {
    const saying = socket.say(FRAME);
    socket.end();
    await saying;
    clock.advance(60_000);
    expect(said).to.have.length(1);
  });

  it('keeps nothing that waits once whoever was cut off has gone', () => {
    socket.cut(1001, 'the coordinator stops');
    expect(clock.pendingTimers).to.equal(1);
    socket.end();
    expect(clock.pendingTimers).to.equal(0);
  });
});
