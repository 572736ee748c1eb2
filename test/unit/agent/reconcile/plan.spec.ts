import { expect } from 'chai';
import { leaseSpec } from '../../../support/lease-samples.js';
import { afterStep, isObsolete, planInstance } from '../../../../agent/reconcile/plan.js';
import { reportOf } from '../../../../agent/reconcile/report.js';
import { NEW_RECORD } from '../../../../agent/reconcile/record.js';
import { NOW, RESTART, anAssignment, exited, observed, view } from '../../../support/instance-view.js';

const IDLE = { step: undefined, progress: undefined, engineAway: false };

describe('planInstance', () => {
  it('looks for the image of a new instance before it launches it', () => {
    expect(planInstance(view()).step?.kind).to.equal('prepare');
    expect(planInstance(view({ record: { ...NEW_RECORD, prepared: true } })).step?.kind).to.equal('launch');
  });

  it('starts a container that was created and never started, without asking for its image', () => {
    expect(planInstance(view({ observed: observed({ status: 'created', startedAtMs: 0 }) })).step?.kind).to.equal(
      'launch',
    );
  });

  it('leaves a running container alone, also one it has no memory of', () => {
    const decision = planInstance(view({ observed: observed() }));
    expect(decision.step).to.equal(undefined);
    expect(decision.record?.restarts).to.equal(0);
    expect(decision.record?.launched).to.equal(true);
  });

  it('counts an end once and starts again after the backoff', () => {
    const first = planInstance(view({ observed: exited() }));
    expect(first.step).to.equal(undefined);
    expect(first.record).to.include({ restarts: 1, exitCode: 1, notBeforeMs: first.wakeAtMs });
    // Up to a quarter is added, by when the run began.
    expect(first.wakeAtMs).to.be.within(NOW - 10 + 1_000, NOW - 10 + 1_250);

    const later = planInstance(view({ observed: exited(), record: first.record, nowMs: NOW + 2_000 }));
    expect(later.record?.restarts).to.equal(1);
    expect(later.step?.kind).to.equal('launch');
  });

  it('counts the end of a later run even when the wall clock was set back meanwhile', () => {
    const record = { ...NEW_RECORD, restarts: 1, countedRunMs: 900_000 };
    const decision = planInstance(view({ observed: exited({ startedAtMs: 800_000 }), record }));
    expect(decision.record?.restarts).to.equal(2);
  });

  it('tells an out-of-memory kill from other ends', () => {
    const decision = planInstance(view({ observed: exited({ exitCode: 137, outOfMemory: true }) }));
    expect(decision.record?.problem?.reason).to.equal('out_of_memory');
    expect(planInstance(view({ observed: exited({ exitCode: 137 }) })).record?.problem?.reason).to.equal('killed');
  });

  it('tells a command that could not be run from one that failed later', () => {
    const early = exited({ exitCode: 127, startedAtMs: NOW - 110, finishedAtMs: NOW - 10 });
    expect(planInstance(view({ observed: early })).record?.problem?.reason).to.equal('command_not_found');
    const late = exited({ exitCode: 127, startedAtMs: NOW - 60_000, finishedAtMs: NOW - 10 });
    expect(planInstance(view({ observed: late })).record?.problem?.reason).to.equal('exited_error');
  });

  it('gives an instance up that ends more often than its policy allows', () => {
    const restart = { ...RESTART, maxAttempts: 2 };
    const record = { ...NEW_RECORD, restarts: 2, launched: true, recentEndsMs: [NOW - 200, NOW - 100] };
    const assignment = anAssignment({ workload: { restart } });
    const decision = planInstance(view({ assignment, observed: exited(), record }));
    expect(decision.record?.end).to.include({ state: 'failed', reason: 'restart_limit', exitCode: 1 });
    expect(decision.step).to.equal(undefined);
  });

  it('counts a success as done where the policy restarts on failure only', () => {
    const restart = { ...RESTART, condition: 'onFailure' as const };
    const assignment = anAssignment({ workload: { restart } });
    const decision = planInstance(view({ assignment, observed: exited({ exitCode: 0 }) }));
    expect(decision.record?.end).to.include({ state: 'stopped', reason: 'completed' });
  });

  it('treats a container that vanished as an end of its run', () => {
    const decision = planInstance(view({ record: { ...NEW_RECORD, prepared: true, launched: true } }));
    expect(decision.record).to.include({ restarts: 1, launched: false });
    expect(decision.record?.problem?.reason).to.equal('container_gone');
  });

  it('stops a running instance that is to stop, and records its end once the container has ended', () => {
    const assignment = anAssignment({ stop: { reason: 'scaled_down', text: 'fewer replicas' } });
    const stopping = planInstance(view({ assignment, observed: observed() }));
    expect(stopping.step).to.deep.equal({ kind: 'stop', serial: 7, graceMs: 5_000, hurried: false });
    const ended = planInstance(view({ assignment, observed: exited({ exitCode: 143 }), record: stopping.record }));
    expect(ended.record?.end).to.include({ state: 'stopped', reason: 'scaled_down', exitCode: 143 });
    expect(ended.record?.restarts).to.equal(0);
  });

  it('tells that a lease has ended only once its container is removed, and tries that again', () => {
    const stop = { reason: 'lease_released', text: '' };
    const assignment = anAssignment({ stop, workload: { lease: leaseSpec() } });
    const order = view({ assignment, observed: exited({ exitCode: 143 }) });
    const decision = planInstance(order);
    expect(decision.step).to.deep.equal({ kind: 'remove', serial: 7 });
    const record = decision.record ?? NEW_RECORD;
    expect(record.end?.reason).to.equal('lease_released');
    expect(reportOf({ ...order, record }, IDLE)?.state).to.equal('stopping');
    const remove = { kind: 'remove', serial: 7 } as const;
    const failed = afterStep(record, remove, { ok: false, reason: 'engine_error', text: 'its network is in use' }, NOW);
    const still = view({ assignment, record: failed });
    expect(planInstance(still)).to.include({ step: undefined, wakeAtMs: failed.endNotBeforeMs });
    expect(reportOf(still, IDLE)?.text).to.include('its network is in use');
    const later = { ...still, nowMs: failed.endNotBeforeMs };
    expect(planInstance(later).step?.kind).to.equal('remove');
    const done = afterStep(failed, remove, { ok: true }, NOW);
    expect(planInstance(view({ assignment, record: done })).step).to.equal(undefined);
    expect(reportOf(view({ assignment, record: done }), IDLE)).to.include({
      state: 'stopped',
      reason: 'lease_released',
    });
  });

  it('puts no other container in the place of a lease’s that was removed from outside', () => {
    const assignment = anAssignment({ workload: { lease: leaseSpec() } });
    const decision = planInstance(view({ assignment, record: { ...NEW_RECORD, prepared: true, launched: true } }));
    expect(decision.step).to.equal(undefined);
    expect(decision.record?.end).to.include({ state: 'failed', reason: 'container_gone' });
  });

  it('never starts an instance that is to stop before it began', () => {
    const assignment = anAssignment({ stop: { reason: 'miner_delete', text: '' } });
    const decision = planInstance(view({ assignment }));
    expect(decision.step).to.equal(undefined);
    expect(decision.record?.end?.state).to.equal('stopped');
  });

  it('stops and removes what is assigned no more', () => {
    expect(planInstance(view({ assignment: undefined, observed: observed() })).step?.kind).to.equal('stop');
    expect(planInstance(view({ assignment: undefined, observed: exited() })).step?.kind).to.equal('remove');
    expect(planInstance(view({ assignment: undefined })).record).to.equal(undefined);
  });

  it('keeps the container of a retained instance', () => {
    expect(planInstance(view({ assignment: undefined, retained: true, observed: exited() })).step).to.equal(undefined);
  });

  describe('without the host lease', () => {
    const exclusive = anAssignment({ workload: { identity: 'hotkey-1', onDisconnect: 'stop' } });

    it('ends an exclusive instance for good', () => {
      const stopping = planInstance(view({ assignment: exclusive, observed: observed(), leaseHeld: false }));
      expect(stopping.step?.kind).to.equal('stop');
      const ended = planInstance(
        view({ assignment: exclusive, observed: exited({ exitCode: 143 }), record: stopping.record, leaseHeld: false }),
      );
      expect(ended.record?.end).to.include({ state: 'stopped', reason: 'lease_expired' });
      expect(ended.step).to.equal(undefined);
    });

    it('does not start an exclusive instance', () => {
      const record = { ...NEW_RECORD, prepared: true };
      expect(planInstance(view({ assignment: exclusive, record, leaseHeld: false })).step).to.equal(undefined);
    });

    it('cuts the grace so that the stop is over when the lease ends, whatever the stop is for', () => {
      const cut = { observed: observed(), leaseHeld: false, leaseLeftMs: 2_000 };
      const hurried = { kind: 'stop', serial: 7, graceMs: 2_000, hurried: true };
      expect(planInstance(view({ assignment: exclusive, ...cut })).step).to.deep.equal(hurried);
      const ordered = { ...exclusive, stop: { reason: 'scaled_down', text: '' } };
      expect(planInstance(view({ assignment: ordered, ...cut })).step).to.deep.equal(hurried);
    });

    it('breaks off a launch that has not come to its end, and a stop whose grace is longer than the lease', () => {
      const late = view({ assignment: exclusive, leaseHeld: false, leaseLeftMs: 2_000 });
      const stop = { kind: 'stop', serial: 7, graceMs: 5_000, hurried: false } as const;
      expect(isObsolete({ kind: 'launch', assignment: exclusive }, late)).to.equal(true);
      expect(isObsolete(stop, late)).to.equal(true);
      expect(isObsolete({ ...stop, graceMs: 2_000, hurried: true }, late)).to.equal(false);
      expect(isObsolete(stop, view({ assignment: exclusive }))).to.equal(false);
    });

    it('keeps the others running', () => {
      expect(planInstance(view({ observed: observed(), leaseHeld: false })).step).to.equal(undefined);
    });
  });

  it('stops an unhealthy run and counts it as a failure with its cause', () => {
    const check = {
      probe: { kind: 'tcp' as const, port: 80 },
      startPeriodMs: 0,
      intervalMs: 1,
      timeoutMs: 1,
      retries: 1,
    };
    const assignment = anAssignment({ workload: { health: check } });
    const stopping = planInstance(
      view({ assignment, observed: observed(), health: 'unhealthy', healthDetail: 'refused' }),
    );
    expect(stopping.step?.kind).to.equal('stop');
    const ended = planInstance(view({ assignment, observed: exited(), record: stopping.record }));
    expect(ended.record?.problem?.reason).to.equal('became_unhealthy');
    expect(ended.record?.restarts).to.equal(1);
  });
});

describe('an instance with secrets', () => {
  const awaits = { reason: 'secret_awaited', text: 'waits' };
  const renewFor = { reason: 'secret_rotated', text: 'new' };

  it('has its image looked for while it waits for them, and is not started before they are there', () => {
    expect(planInstance(view({ awaits })).step?.kind).to.equal('prepare');
    const waiting = view({ awaits, record: { ...NEW_RECORD, prepared: true } });
    expect(planInstance(waiting).step).to.equal(undefined);
    expect(reportOf(waiting, { step: undefined, progress: undefined, engineAway: false })).to.include({
      state: 'starting',
      ...awaits,
    });
    expect(planInstance({ ...waiting, awaits: undefined }).step?.kind).to.equal('launch');
  });

  it('runs on while they are asked for', () => {
    expect(planInstance(view({ awaits, observed: observed() })).step).to.equal(undefined);
  });

  it('is started again for a new value at once, whatever its restart policy, and that counts as no failure', () => {
    const assignment = anAssignment({ workload: { restart: { ...RESTART, condition: 'never', maxAttempts: 1 } } });
    const running = planInstance(view({ assignment, renewFor, observed: observed() }));
    expect(running.step).to.include({ kind: 'stop', graceMs: 5_000, hurried: false });
    const ended = planInstance(view({ assignment, renewFor, observed: exited(), record: running.record }));
    expect(ended.record).to.include({ restarts: 1, end: undefined, notBeforeMs: 0 });
    expect(ended.record?.recentEndsMs).to.deep.equal([]);
    expect(ended.step?.kind).to.equal('launch');
  });
});

describe('afterStep', () => {
  const launch = { kind: 'launch', assignment: anAssignment() } as const;

  it('backs off from a failing pull, longer each time, and never gives up', () => {
    const prepare = { kind: 'prepare', assignment: anAssignment() } as const;
    const failed = { ok: false, reason: 'image_not_found', text: 'no such image' } as const;
    const once = afterStep(NEW_RECORD, prepare, failed, NOW);
    const twice = afterStep(once, prepare, failed, NOW);
    expect([once.notBeforeMs - NOW, twice.notBeforeMs - NOW]).to.deep.equal([1_000, 2_000]);
    let record = twice;
    for (let i = 0; i < 50; i += 1) record = afterStep(record, prepare, failed, NOW);
    expect(record.notBeforeMs - NOW).to.equal(60_000);
    expect(record.end).to.equal(undefined);
  });

  it('gives up at once where only another placement can help', () => {
    const record = afterStep(NEW_RECORD, launch, { ok: false, reason: 'port_conflict', text: 'taken' }, NOW);
    expect(record.end).to.include({ state: 'failed', reason: 'port_conflict' });
  });

  it('looks for the image again when the engine has lost it', () => {
    const record = { ...NEW_RECORD, prepared: true };
    expect(afterStep(record, launch, { ok: false, reason: 'image_not_found', text: '' }, NOW).prepared).to.equal(false);
  });
});
