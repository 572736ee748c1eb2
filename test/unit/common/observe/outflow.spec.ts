import { expect } from 'chai';
import { Outflow } from '../../../../common/observe/outflow.js';
import type { OutflowConnection } from '../../../../common/observe/outflow.js';
import { ManualClock } from '../../../support/manual-clock.js';

/** A connection whose server takes what was sent when the test says so. */
class Pipe implements OutflowConnection {
  readonly published: string[] = [];
  flushes = 0;
  closed = false;
  #taken: (() => void)[] = [];

  publish(subject: string): void {
    if (this.closed) throw new Error('closed');
    this.published.push(subject);
  }

  flush(): Promise<void> {
    this.flushes += 1;
    return new Promise((resolve) => this.#taken.push(resolve));
  }

  async take(): Promise<void> {
    for (const taken of this.#taken.splice(0)) taken();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const KIB = new Uint8Array(2 ** 10);
const MIB = new Uint8Array(2 ** 20);

describe('Outflow', () => {
  let clock: ManualClock;
  let pipe: Pipe;
  let lost: string[];
  let outflow: Outflow;

  beforeEach(() => {
    clock = new ManualClock();
    pipe = new Pipe();
    lost = [];
    outflow = new Outflow(pipe, { clock, onLost: (subject) => lost.push(subject) });
  });

  it('hands over in one go, and in order, what gathers in 20 ms', () => {
    outflow.send('a', KIB);
    clock.advance(19);
    outflow.send('b', KIB);
    expect(pipe.published).to.deep.equal([]);
    clock.advance(1);
    expect(pipe.published).to.deep.equal(['a', 'b']);
    outflow.send('c', KIB);
    clock.advance(20);
    expect(pipe.published).to.deep.equal(['a', 'b', 'c']);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('hands over at once when it is told to, and each message once', () => {
    outflow.send('a', KIB);
    outflow.handOver();
    expect(pipe.published).to.deep.equal(['a']);
    expect(clock.pendingTimers).to.equal(0);
    clock.advance(100);
    expect(pipe.published).to.deep.equal(['a']);
  });

  it('asks once at a time, and ten times a second at most, whether the server has taken all', async () => {
    const sendFor = (ms: number): void => {
      for (let sent = 0; sent < ms; sent += 20) {
        outflow.send('s', KIB);
        clock.advance(20);
      }
    };
    sendFor(1000);
    expect(pipe.flushes).to.equal(1);
    await pipe.take();
    for (let second = 0; second < 10; second += 1) {
      sendFor(100);
      await pipe.take();
    }
    expect(pipe.flushes).to.be.within(10, 11);
  });

  it('asks at once when half of what may wait does', async () => {
    outflow.send('s', KIB);
    clock.advance(20);
    await pipe.take();
    expect(pipe.flushes).to.equal(1);
    for (let i = 0; i < 5; i += 1) outflow.send('s', MIB);
    clock.advance(20);
    expect(pipe.flushes).to.equal(2);
  });

  it('takes no more than 8 MiB and one message for a server that takes nothing, and goes on when it does', async () => {
    outflow.send('s', KIB);
    clock.advance(20);
    let taken = 0;
    for (let i = 0; i < 20; i += 1) {
      if (outflow.send('s', MIB)) taken += 1;
      clock.advance(20);
    }
    expect(taken).to.equal(8);
    expect(pipe.published).to.have.lengthOf(1 + 8);
    expect(outflow.send('s', KIB)).to.equal(false);
    await pipe.take();
    // What the first answer did not cover is still too much, so the server was asked again.
    expect(pipe.flushes).to.equal(2);
    expect(outflow.send('s', MIB)).to.equal(true);
    await pipe.take();
    for (let i = 0; i < 8; i += 1) expect(outflow.send('s', MIB), String(i)).to.equal(true);
  });

  it('takes nothing that is larger than the server says it takes', () => {
    outflow = new Outflow(Object.assign(pipe, { info: { max_payload: 1024 } }), {
      clock,
      onLost: (subject) => lost.push(subject),
    });
    expect(outflow.send('s', new Uint8Array(1025))).to.equal(false);
    expect(outflow.send('s', KIB)).to.equal(true);
  });

  it('tells of each message that the connection would not have after all', () => {
    outflow.send('a', KIB);
    outflow.send('b', KIB);
    pipe.closed = true;
    clock.advance(20);
    expect(lost).to.deep.equal(['a', 'b']);
  });
});
