import { expect } from 'chai';
import { planInstance } from '../../../../agent/reconcile/plan.js';
import { reportOf } from '../../../../agent/reconcile/report.js';
import { NOW, anAssignment, exited, view } from '../../../support/instance-view.js';

describe('reportOf', () => {
  const idle = { step: undefined, progress: undefined, engineAway: false };

  it('says what ended also when the backoff was over before anybody looked', () => {
    const instance = view({ observed: exited({ exitCode: 137 }), nowMs: NOW + 3_600_000 });
    const { record, step } = planInstance(instance);
    expect(step?.kind).to.equal('launch');
    const report = reportOf({ ...instance, record }, { ...idle, step });
    expect(report).to.include({ state: 'starting', reason: 'killed', restarts: 1, exitCode: 137 });
  });

  it('says of a first start only that it is under way', () => {
    const step = { kind: 'launch', assignment: anAssignment() } as const;
    expect(reportOf(view(), { ...idle, step })).to.include({ state: 'starting', reason: 'container_starting' });
  });
});
