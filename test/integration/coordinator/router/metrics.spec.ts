import { expect } from 'chai';
import { Registry } from 'prom-client';
import { collectRouterMetrics } from '../../../../coordinator/telemetry/index.js';
import { answerWith } from '../../../support/model-servers.js';
import { RouterFixture } from '../../../support/router-fixture.js';

describe('the metrics of the router', () => {
  it('count questions by model and outcome, until the model is gone', async () => {
    const fixture = await RouterFixture.open(1);
    const registry = new Registry();
    collectRouterMetrics(registry, fixture.router);
    const model = await fixture.servers.add(fixture.serial(0));
    await fixture.ask();
    model.behave = answerWith('no', 500);
    await fixture.ask();
    const text = await registry.metrics();
    for (const line of [
      'headframe_router_questions_total{model="alpha",outcome="answered"} 1',
      'headframe_router_questions_total{model="alpha",outcome="failed"} 1',
      'headframe_router_questions_total{model="alpha",outcome="timed_out"} 0',
      'headframe_router_outstanding{model="alpha"} 0',
      'headframe_router_answer_seconds_count{model="alpha"} 2',
    ])
      expect(text.split('\n')).to.include(line);
    fixture.change(fixture.serial(0), { state: 'stopped' });
    fixture.fleet.transact((tx) => {
      tx.removeInstance(fixture.serial(0));
      tx.removeMiner('alpha');
    });
    expect(await registry.metrics()).to.not.contain('alpha');
    expect((await fixture.ask()).error).to.include({ reason: 'not_a_model' });
    fixture.close();
  });
});
