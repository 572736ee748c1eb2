import { expect } from 'chai';
import { Writable } from 'node:stream';
import { HeadframeError } from '../../../../common/model/error.js';
import { CallEnd } from '../../../../common/rpc/call-end.js';
import { StreamWriter } from '../../../../common/rpc/stream-writer.js';
import type { StallTerms } from '../../../../common/rpc/stream-writer.js';
import { rejectionOf } from '../../../support/echo-server.js';
import { ManualClock } from '../../../support/manual-clock.js';

/** A sink that takes one message at a time, when the test says so, and buffers two. */
class SlowSink extends Writable {
  readonly taken: string[] = [];
  ended = false;
  #taken: (() => void) | undefined;

  constructor() {
    super({ objectMode: true, highWaterMark: 2 });
  }

  override _write(message: string, _encoding: string, callback: () => void): void {
    this.taken.push(message);
    this.#taken = callback;
  }

  override _final(callback: () => void): void {
    this.ended = true;
    callback();
  }

  async take(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      const taken = this.#taken;
      this.#taken = undefined;
      taken?.();
      await new Promise((resolve) => process.nextTick(resolve));
    }
  }
}

function open(options: { readonly maxWaiting?: number; readonly stall?: StallTerms } = {}): {
  sink: SlowSink;
  end: CallEnd;
  writer: StreamWriter<string>;
} {
  const sink = new SlowSink();
  const end = new CallEnd();
  return { sink, end, writer: new StreamWriter<string>(sink, end, options) };
}

const gone = new HeadframeError({ code: 'cancelled', reason: 'cancelled', message: 'gone' });

describe('StreamWriter', () => {
  it('takes what has room at once and makes the rest wait, in order', async () => {
    const { sink, writer } = open();
    const order: string[] = [];
    const writes = ['a', 'b', 'c', 'd'].map((text) => writer.write(text).then(() => order.push(text)));
    await Promise.resolve();
    await Promise.resolve();
    expect(order).to.deep.equal(['a', 'b']);
    await sink.take(4);
    await Promise.all(writes);
    expect(order).to.deep.equal(['a', 'b', 'c', 'd']);
    await sink.take(4);
    expect(sink.taken).to.deep.equal(['a', 'b', 'c', 'd']);
  });

  it('refuses tryWrite while there is no room, so that nothing overtakes a waiting write', async () => {
    const { sink, writer } = open();
    expect([writer.tryWrite('a'), writer.tryWrite('b'), writer.tryWrite('c')]).to.deep.equal([true, true, false]);
    const waiting = writer.write('c');
    await sink.take(2);
    await waiting;
    expect(writer.tryWrite('d')).to.equal(true);
  });

  it('refuses further writes when too many wait', async () => {
    const { writer, end } = open({ maxWaiting: 1 });
    await writer.write('a');
    await writer.write('b');
    const waiting = rejectionOf(writer.write('c'));
    const error = await rejectionOf(writer.write('d'));
    expect(error).to.include({ code: 'resource_exhausted', reason: 'send_queue_full' });
    end.end(gone);
    expect(await waiting).to.equal(gone);
  });

  it('refuses waiting and later writes with the error that ended the call', async () => {
    const { writer, end } = open();
    await writer.write('a');
    await writer.write('b');
    const outcomes = Promise.all([rejectionOf(writer.write('c')), rejectionOf(writer.write('d'))]);
    end.end(gone);
    expect(await outcomes).to.deep.equal([gone, gone]);
    expect(await rejectionOf(writer.write('e'))).to.equal(gone);
    expect(await rejectionOf(writer.flush())).to.equal(gone);
    expect(writer.closed).to.equal(true);
  });

  it('sends what waits before it ends the stream, and refuses what comes after', async () => {
    const { sink, writer } = open();
    const writes = Promise.all(['a', 'b', 'c'].map((text) => writer.write(text)));
    writer.end();
    expect(await rejectionOf(writer.write('d'))).to.include({ code: 'failed_precondition', reason: 'stream_closed' });
    expect(writer.tryWrite('d')).to.equal(false);
    await sink.take(6);
    await writes;
    expect(sink.taken).to.deep.equal(['a', 'b', 'c']);
    expect(sink.ended).to.equal(true);
  });

  it('flushes when the last waiting write has found room', async () => {
    const { sink, writer } = open();
    const writes = Promise.all(['a', 'b', 'c'].map((text) => writer.write(text)));
    let flushed = false;
    const flushing = writer.flush().then(() => (flushed = true));
    await Promise.resolve();
    expect(flushed).to.equal(false);
    await sink.take(3);
    await Promise.all([writes, flushing]);
    expect(flushed).to.equal(true);
  });

  it('tells listeners of the end once, also late ones', () => {
    const { writer, end } = open();
    const heard: unknown[] = [];
    writer.onEnd((error) => heard.push(error));
    const off = writer.onEnd(() => heard.push('removed'));
    off();
    end.end(gone);
    end.end();
    writer.onEnd((error) => heard.push(error));
    expect(heard).to.deep.equal([gone, gone]);
  });

  it('tells of a write that has waited too long, and not while the other side reads at all', async () => {
    const clock = new ManualClock();
    let stalled = 0;
    const { sink, writer } = open({ stall: { clock, stallMs: 1_000, onStalled: () => (stalled += 1) } });
    const writes = ['a', 'b', 'c', 'd', 'e'].map((text) => writer.write(text));
    clock.advance(900);
    await sink.take(2);
    clock.advance(900);
    expect(stalled).to.equal(0);
    clock.advance(100);
    expect(stalled).to.equal(1);
    await sink.take(3);
    await Promise.all(writes);
    clock.advance(5_000);
    expect(stalled).to.equal(1);
  });
});
