import { expect } from 'chai';
import type { AutoscaleView } from '../../../../../common/wire/client.js';
import { minerView, minersView } from '../../../../../coordinator/cli/views/miners.js';
import { factsOf, rowsOf, sampleMinerView } from '../../../../support/cli-views.js';

const VIEWING = { nowMs: 0, wide: true };
const CPU = { name: 'cpu', target: 50, value: 81.2345, total: false, missing: '', known: 2, instances: 3 };
const AUTOSCALE: AutoscaleView = {
  desired: 3,
  min: 1,
  max: 10,
  metrics: [
    CPU,
    { ...CPU, name: 'nats:work.queue#value', value: undefined, total: true, missing: 'nothing was published' },
  ],
  lastStep: { atMs: 0, from: 2, to: 3, text: 'from 2 to 3' },
  decided: { reason: 'autoscale_cooldown', text: 'not yet', atMs: 5 },
};

describe('the view of an autoscaled miner', () => {
  const view = minerView(sampleMinerView({ autoscale: AUTOSCALE }), [], VIEWING);

  it('tells bounds, the last step and what is decided, each with its why', () => {
    expect(factsOf(view)).to.include({
      replicas: '3 of 1-10',
      now: 'autoscale_cooldown',
      why: 'not yet',
      'its why': 'from 2 to 3',
    });
  });

  it('tells each metric against its target, and what is in the way of a missing one', () => {
    const metrics = view.filter((block) => block.kind === 'table' && block.title === 'Metrics');
    expect(rowsOf(metrics)).to.deep.equal([
      { METRIC: 'cpu', VALUE: '81.23', TARGET: '50', KNOWN: '2/3', MISSING: '-' },
      {
        METRIC: 'nats:work.queue#value',
        VALUE: 'missing',
        TARGET: '50 a replica',
        KNOWN: '-',
        MISSING: 'nothing was published',
      },
    ]);
  });

  it('is told of before the first look too', () => {
    const early = { ...AUTOSCALE, metrics: [], lastStep: undefined, decided: undefined };
    const facts = factsOf(minerView(sampleMinerView({ autoscale: early }), [], VIEWING));
    expect(facts).to.include({ replicas: '3 of 1-10', 'last step': '-' });
  });

  it('has its bounds in the wide list', () => {
    const rows = rowsOf(minersView([sampleMinerView({ autoscale: AUTOSCALE }), sampleMinerView()], VIEWING));
    expect(rows.map((row) => row['SCALE'])).to.deep.equal(['1-10', '-']);
  });
});
