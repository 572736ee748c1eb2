import { expect } from 'chai';
import { buildShown } from '../../../../../coordinator/dashboard/page/state/builds.js';
import { EventBook } from '../../../../../coordinator/dashboard/page/state/event-book.js';
import { LogBook } from '../../../../../coordinator/dashboard/page/state/log-book.js';
import { SampleBook } from '../../../../../coordinator/dashboard/page/state/samples.js';
import type { EventJson, InstanceJson } from '../../../../../coordinator/dashboard/page/state/wire.js';

function event(revision: number): EventJson {
  const names = { subject: 'miner', id: 'm', reason: 'placed', text: '', severity: 'SEVERITY_INFO' };
  return { revision: String(revision), atMs: '0', miner: 'm', hostId: '', state: '', ...names };
}

const reading = (atMs: number, receivedBytes: number, cpus = 1) => ({
  ...{ atMs, cpus, memoryBytes: 10, receivedBytes, sentBytes: 0 },
});

describe('the book of events', () => {
  it('has each once, however often it comes', () => {
    const book = new EventBook();
    book.take([event(1), event(2)]);
    book.take([event(2), event(3)]);
    expect(book.all.map(({ revision }) => revision)).to.deep.equal(['1', '2', '3']);
  });

  it('forgets the oldest beyond five thousand, and takes them again when they come again', () => {
    const book = new EventBook();
    book.take(Array.from({ length: 5_001 }, (_none, index) => event(index)));
    expect(book.all).to.have.length(5_000);
    expect(book.all[0]?.revision).to.equal('1');
    book.take([event(0)]);
    expect(book.all.at(-1)?.revision).to.equal('0');
  });
});

describe('the book of a log', () => {
  const texts = (book: LogBook): string[] => book.lines.map(({ text }) => text);

  it('joins pieces to lines, each stream apart, and shows one that has no end yet', () => {
    const book = new LogBook();
    book.take('stdout', 'one\ntw');
    book.take('stderr', 'bad\n');
    expect(texts(book)).to.deep.equal(['one', 'bad', 'tw']);
    book.take('stdout', 'o\r\n');
    expect(book.lines.map(({ stream, text }) => `${stream} ${text}`)).to.deep.equal([
      'stdout one',
      'stderr bad',
      'stdout two',
    ]);
  });

  it('leaves out what terminals understand', () => {
    const book = new LogBook();
    book.take('stdout', '\u001b[31mred\u001b[0m \u001b]0;title\u0007plain\u001b[2K\n');
    expect(texts(book)).to.deep.equal(['red plain']);
  });

  it('holds no more than two thousand lines, nor a line without an end', () => {
    const book = new LogBook();
    book.take('stdout', 'x\n'.repeat(2_500));
    expect(book.lines).to.have.length(2_000);
    expect(book.lines[0]?.number).to.equal(500);
    book.take('stdout', 'y'.repeat(100_000));
    expect(texts(book).at(-1)).to.have.length(4_000);
    expect(book.lines).to.have.length(2_000);
  });
});

describe('the build that is shown', () => {
  const one = (serial: number, state: string, reason = '') =>
    // Of an instance no more is looked at.
    ({ id: `m-${String(serial)}`, serial: String(serial), state: `INSTANCE_STATE_${state}`, reason }) as InstanceJson;
  const shown = (...instances: InstanceJson[]): string | undefined => buildShown(instances)?.id;

  it('is that of an instance that is being prepared, of several the one that is being built', () => {
    expect(shown(one(9, 'RUNNING'), one(10, 'PREPARING'))).to.equal('m-10');
    const waiting = one(10, 'PREPARING', 'image_pulling');
    expect(shown(waiting, one(11, 'PREPARING', 'image_building'))).to.equal('m-11');
  });

  it('is the one that has failed while the next waits for its turn, and the next once that is built', () => {
    const failed = one(9, 'FAILED', 'image_build_failed');
    for (const state of ['PENDING', 'ASSIGNED', 'PREPARING'])
      expect(shown(failed, one(10, state, 'image_pulling')), state).to.equal('m-9');
    expect(shown(failed, one(10, 'PREPARING', 'image_building'))).to.equal('m-10');
  });

  it('stays where it has failed, until something newer is there', () => {
    const failed = one(9, 'FAILED', 'image_build_failed');
    expect(shown(one(2, 'RUNNING'), failed)).to.equal('m-9');
    expect(shown(one(10, 'STARTING'), failed)).to.equal(undefined);
    expect(shown(one(9, 'FAILED', 'exited_error'))).to.equal(undefined);
    expect(shown()).to.equal(undefined);
  });
});

describe('the book of samples', () => {
  it('makes rates of totals, and none over a new start or a long gap', () => {
    const book = new SampleBook();
    book.add('a', reading(0, 1_000));
    book.add('a', reading(2_000, 5_000));
    book.add('a', reading(4_000, 100));
    book.add('a', reading(300_000, 200));
    expect(book.of('a').map(({ receivedPerS }) => receivedPerS)).to.deep.equal([
      undefined,
      2_000,
      undefined,
      undefined,
    ]);
  });

  it('takes the same reading once, until it is clear that it has stayed the same', () => {
    const book = new SampleBook();
    for (const atMs of [0, 2_000, 4_000, 16_000]) book.add('a', reading(atMs, 7));
    expect(book.of('a').map(({ atMs }) => atMs)).to.deep.equal([0, 16_000]);
    expect(book.last('a')?.receivedPerS).to.equal(0);
  });

  it('holds six hundred of each, and nothing of what is gone', () => {
    const book = new SampleBook();
    for (let index = 0; index < 700; index += 1) book.add('a', reading(index * 1_000, index));
    expect(book.of('a')).to.have.length(600);
    book.keepOnly((id) => id !== 'a');
    expect(book.last('a')).to.equal(undefined);
  });

  it('sums the newest of several, those as well that were not read again', () => {
    const book = new SampleBook();
    book.add('a', reading(0, 0, 1));
    book.add('b', reading(0, 0, 2));
    book.add('b', reading(1_000, 300, 4));
    book.addSum('all', 1_500, ['a', 'b', 'nobody']);
    book.addSum('none', 1_500, ['nobody']);
    const sum = { atMs: 1_500, cpus: 5, memoryBytes: 20, receivedPerS: 300, sentPerS: 0 };
    expect(book.of('all')).to.deep.equal([sum]);
    expect(book.of('none')).to.deep.equal([]);
  });
});
