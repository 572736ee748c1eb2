import { expect } from 'chai';
import { afterStep, planInstance } from '../../../../agent/reconcile/plan.js';
import { NEW_RECORD } from '../../../../agent/reconcile/record.js';
import { NOW, anAssignment, exited, observed, view } from '../../../support/instance-view.js';

describe('planInstance after a stop or a removal that failed', () => {
  const failed = { ok: false, reason: 'engine_error', text: 'device busy' } as const;
  const stop = { kind: 'stop', serial: 7, graceMs: 5_000, hurried: false } as const;
  const stopped = afterStep(NEW_RECORD, stop, failed, NOW);
  const unhealthy = { assignment: anAssignment(), health: 'unhealthy', observed: observed() } as const;

  for (const [name, changes] of [
    ['an unhealthy run', unhealthy],
    [
      'what is to stop',
      { assignment: anAssignment({ stop: { reason: 'miner_stop', text: '' } }), observed: observed() },
    ],
    ['what is assigned no more', { assignment: undefined, observed: observed() }],
    ['what is kept for its logs', { assignment: undefined, retained: true, observed: observed() }],
  ] as const) {
    it(`tries again to stop ${name} after a pause, and not before`, () => {
      const early = planInstance(view({ ...changes, record: stopped }));
      expect([early.step, early.wakeAtMs]).to.deep.equal([undefined, NOW + 1_000]);
      expect(planInstance(view({ ...changes, record: stopped, nowMs: NOW + 1_000 })).step?.kind).to.equal('stop');
    });
  }

  it('tries again to stop an instance that has ended for the fleet and runs all the same', () => {
    const end = { state: 'failed', reason: 'port_conflict', text: '', exitCode: undefined } as const;
    const early = planInstance(view({ observed: observed(), record: { ...stopped, end } }));
    expect([early.step, early.wakeAtMs]).to.deep.equal([undefined, NOW + 1_000]);
  });

  it('tries again to remove with longer and longer pauses', () => {
    const remove = { kind: 'remove', serial: 7 } as const;
    let record = NEW_RECORD;
    for (let i = 0; i < 20; i += 1) record = afterStep(record, remove, failed, NOW);
    const orphan = { assignment: undefined, observed: exited(), record };
    expect(planInstance(view(orphan)).wakeAtMs).to.equal(NOW + 60_000);
    expect(planInstance(view({ ...orphan, nowMs: NOW + 60_000 })).step).to.deep.equal(remove);
  });

  it('does not wait for a restart backoff before it removes what is assigned no more', () => {
    const record = { ...NEW_RECORD, notBeforeMs: NOW + 60_000 };
    expect(planInstance(view({ assignment: undefined, observed: exited(), record })).step?.kind).to.equal('remove');
  });

  it('hardly waits where the host lease ends', () => {
    const exclusive = anAssignment({ workload: { identity: 'hotkey-1', onDisconnect: 'stop' } });
    const again = planInstance(
      view({ assignment: exclusive, observed: observed(), record: stopped, leaseHeld: false, nowMs: NOW + 400 }),
    );
    expect(again.step?.kind).to.equal('stop');
  });

  it('forgets that it was to end a run once that is wanted again', () => {
    const stopping = planInstance(view(unhealthy)).record ?? NEW_RECORD;
    const record = afterStep(stopping, stop, failed, NOW);
    const well = planInstance(view({ ...unhealthy, health: 'healthy', record, nowMs: NOW + 500 })).record;
    expect(well).to.include({ ending: undefined, problem: undefined, endNotBeforeMs: 0 });
  });
});

describe('planInstance after the wall clock was set back', () => {
  const record = { ...NEW_RECORD, prepared: true, notBeforeMs: NOW + 60_000, endNotBeforeMs: NOW + 60_000 };
  const nowMs = NOW - 3_600_000;

  it('starts again without waiting for the old time', () => {
    expect(planInstance(view({ record, nowMs })).step?.kind).to.equal('launch');
  });

  it('stops and removes without waiting for the old time', () => {
    const running = view({ assignment: undefined, observed: observed(), record, nowMs });
    expect(planInstance(running).step?.kind).to.equal('stop');
    expect(planInstance({ ...running, observed: exited() }).step?.kind).to.equal('remove');
  });
});
