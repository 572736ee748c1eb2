import { expect } from 'chai';
import { FigureBook } from '../../../../coordinator/router/figures.js';

describe('the figures of who is asked', () => {
  it('count by outcome, and the rate of the last minute', () => {
    const book = new FigureBook(0);
    for (let second = 0; second < 120; second += 1)
      book.take(second % 2 === 0 ? 'answered' : 'failed', 10, second * 1000);
    expect(book.read(119_000)).to.include({ requests: 120, answered: 60, failed: 60, rejected: 0 });
    expect(book.perSecond(119_999)).to.be.closeTo(1, 0.01);
    expect(book.perSecond(150_000)).to.be.closeTo(0.5, 0.1);
    expect(book.perSecond(200_000)).to.equal(0);
    expect(book.read(1e9)).to.include({ requests: 120 });
  });

  it('are of the time since the beginning where that is less than a minute', () => {
    const book = new FigureBook(1_000_000);
    for (let at = 0; at < 10; at += 1) book.take('answered', 1, 1_000_000 + at * 1000);
    expect(book.perSecond(1_010_000)).to.be.closeTo(1, 0.01);
    // So few are no rate yet.
    expect(new FigureBook(0).perSecond(0)).to.equal(0);
  });

  it('tell how fast it answers of late, and nothing of long ago', () => {
    const book = new FigureBook(0);
    expect(book.read(0).latency).to.equal(undefined);
    for (let ms = 1; ms <= 100; ms += 1) book.take('answered', ms, 1_000);
    const { p50Ms = 0, p95Ms = 0, p99Ms = 0 } = book.read(1_000).latency ?? {};
    expect(p50Ms).to.be.closeTo(50, 1);
    expect(p95Ms).to.be.closeTo(95, 1.5);
    expect(p99Ms).to.be.closeTo(99, 1.5);
    for (let count = 0; count < 100; count += 1) book.take('rejected', 1_000, 61_000);
    expect(book.read(61_000).latency?.p50Ms).to.be.closeTo(100, 2);
    expect(book.read(121_000).latency?.p50Ms).to.be.closeTo(1_000, 15);
    expect(book.read(181_000).latency).to.equal(undefined);
  });

  it('take what was not answered for no latency, and the longest for a day', () => {
    const book = new FigureBook(0);
    for (const outcome of ['timedOut', 'broken', 'unreached', 'left'] as const) book.take(outcome, 5, 0);
    expect(book.read(0).latency).to.equal(undefined);
    book.take('answered', 1e12, 0);
    book.take('answered', 0, 0);
    expect(book.read(0).latency?.p99Ms).to.be.closeTo(86_400_000, 1e6);
  });
});
