import { expect } from 'chai';
import type { NatsScaleMetric } from '../../../../common/model/autoscale.js';
import { NatsValues } from '../../../../coordinator/autoscale/nats-values.js';
import { FakeHearing } from '../../../support/fake-hearing.js';
import { ManualClock } from '../../../support/manual-clock.js';

const TOTAL: NatsScaleMetric = {
  kind: 'nats',
  subject: 'work.queue',
  field: 'queue.waiting',
  per: 'total',
  instanceField: 'instance',
  maxAgeMs: 60_000,
  target: 10,
};
const EACH: NatsScaleMetric = { ...TOTAL, subject: 'work.load.*', field: 'load', per: 'instance' };

describe('NatsValues', () => {
  let clock: ManualClock;
  let bus: FakeHearing;
  let live: Set<number>;
  let values: NatsValues;

  beforeEach(() => {
    clock = new ManualClock();
    bus = new FakeHearing();
    live = new Set([1, 2]);
    values = new NatsValues({ bus, clock, isInstanceOf: (miner, serial) => miner === 'alpha' && live.has(serial) });
    values.follow([
      { miner: 'alpha', metric: TOTAL },
      { miner: 'alpha', metric: EACH },
    ]);
  });

  it('gives the latest total', () => {
    bus.publish('work.queue', { queue: { waiting: 3 } });
    bus.publish('work.queue', { queue: { waiting: 42 } });
    expect(values.read('alpha', TOTAL)).to.equal(42);
  });

  it('gives the latest value of each instance', () => {
    bus.publish('work.load.*', { instance: 'alpha-1', load: 5 });
    bus.publish('work.load.*', { instance: 'alpha-2', load: 0.5 });
    expect([values.read('alpha', EACH, 1), values.read('alpha', EACH, 2)]).to.deep.equal([5, 0.5]);
  });

  it('keeps nothing of instances that are not the miner’s', () => {
    for (const instance of ['beta-1', 'alpha-3', 'alpha', 7]) bus.publish('work.load.*', { instance, load: 5 });
    expect([1, 2, 3].map((serial) => typeof values.read('alpha', EACH, serial))).to.deep.equal([
      'string',
      'string',
      'string',
    ]);
  });

  it('forgets instances that are gone', () => {
    bus.publish('work.load.*', { instance: 'alpha-1', load: 5 });
    live.delete(1);
    values.follow([{ miner: 'alpha', metric: EACH }]);
    expect(values.read('alpha', EACH, 1)).to.be.a('string');
  });

  it('takes nothing for a value that is no number, no JSON or not there', () => {
    bus.publish('work.queue', { queue: { waiting: '3' } });
    bus.publish('work.queue', { queue: 3 });
    bus.publishText('work.queue', '{');
    expect(values.read('alpha', TOTAL)).to.be.a('string');
  });

  it('does not let a bad message undo a good one', () => {
    bus.publish('work.queue', { queue: { waiting: 3 } });
    bus.publishText('work.queue', 'nonsense');
    expect(values.read('alpha', TOTAL)).to.equal(3);
  });

  it('gives no value that is older than it may be', () => {
    bus.publish('work.queue', { queue: { waiting: 3 } });
    clock.advance(60_000);
    expect(values.read('alpha', TOTAL)).to.equal(3);
    clock.advance(1);
    expect(values.read('alpha', TOTAL)).to.be.a('string');
  });

  it('keeps values over a changed target, and hears what is wanted alone', () => {
    bus.publish('work.queue', { queue: { waiting: 3 } });
    const retargeted = { ...TOTAL, target: 99 };
    values.follow([{ miner: 'alpha', metric: retargeted }]);
    expect(values.read('alpha', retargeted)).to.equal(3);
    expect(bus.subjects).to.deep.equal(['work.queue']);
    values.close();
    expect(bus.subjects).to.deep.equal([]);
  });

  it('tells what is in the way without a server, configured or reached', () => {
    const none = new NatsValues({ bus: undefined, clock, isInstanceOf: () => true });
    none.follow([{ miner: 'alpha', metric: TOTAL }]);
    bus.connected = false;
    const told = [none.read('alpha', TOTAL), values.read('alpha', TOTAL)];
    expect(new Set(told).size).to.equal(2);
    for (const text of told) expect(text).to.be.a('string').and.not.equal('');
  });

  it('hears a bounded number of subjects', () => {
    const wanted = Array.from({ length: 1001 }, (_, index) => ({
      miner: 'alpha',
      metric: { ...TOTAL, subject: `s${String(index)}` },
    }));
    values.follow(wanted);
    values.follow(wanted);
    expect(bus.subjects).to.have.lengthOf(1000);
  });
});
