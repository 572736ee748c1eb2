import { expect } from 'chai';
import type { InstanceRecord } from '../../../../common/model/instance.js';
import type { MinerRecord, MinerSpec } from '../../../../common/model/miner.js';
import type { CountOrPercent, RolloutRecord } from '../../../../common/model/rollout.js';
import { sampleRollout, sampleUpdate } from '../../../support/fleet-samples.js';
import { HOUR, NOW, brief, failed, pending, plan, running, starting, times } from '../../../support/rollout-scene.js';
import type { Scene } from '../../../support/rollout-scene.js';

describe('the rollout plan of an update', () => {
  const v2 = { workloadId: 2 } as const;
  const rollout = (patch: Partial<RolloutRecord> = {}): Partial<MinerRecord> => ({
    workloadId: 2,
    rollout: sampleRollout({
      state: 'progressing',
      fromRevision: 1,
      fromWorkloadId: 1,
      toRevision: 2,
      goodRevision: 1,
      startedAtMs: NOW - 60_000,
      progressedAtMs: NOW - 60_000,
      progress: 99,
      ...patch,
    }),
  });
  const count = (value: number) => ({ kind: 'count', value }) as const;
  const percent = (value: number) => ({ kind: 'percent', value }) as const;
  const bounds = (maxUnavailable: CountOrPercent, maxSurge: CountOrPercent, replicas = 4): Partial<MinerSpec> => ({
    replicas,
    update: sampleUpdate({ maxUnavailable, maxSurge }),
  });

  const table: [string, Partial<MinerSpec>, readonly Partial<InstanceRecord>[], string[]][] = [
    ['makes the surge before it breaks', bounds(count(0), count(1)), times(4, running), ['create 1 queued']],
    [
      'breaks as many as the surge has made up for',
      bounds(count(0), count(2)),
      [...times(4, running), v2, { ...v2, ...starting }],
      ['stop 1 spec_changed', 'create 1 queued'],
    ],
    [
      'rounds surge up and unavailable down',
      bounds(percent(30), percent(30)),
      times(4, running),
      ['stop 1 spec_changed', 'create 3 queued'],
    ],
    [
      'takes one at least',
      bounds(percent(1), percent(0)),
      times(4, running),
      ['stop 1 spec_changed', 'create 1 queued'],
    ],
    [
      'never surges with an identity',
      { ...bounds(count(0), count(1), 1), identity: 'key' },
      [running],
      ['stop 1 spec_changed', 'create 1 queued'],
    ],
  ];
  for (const [title, spec, instances, steps] of table)
    it(title, () => expect(brief(plan({ spec, miner: rollout(), instances }))).to.deep.equal(steps));

  it('counts an updated instance once it has been healthy for long enough', () => {
    const spec = { replicas: 2, update: sampleUpdate({ minHealthyMs: 5000 }) };
    const scene = (agoMs: number) =>
      plan({ spec, miner: rollout(), instances: [running, { ...v2, changedAtMs: NOW - agoMs }] });
    expect(brief(scene(4999))).to.deep.equal([]);
    expect(scene(4999).wakeAtMs).to.equal(NOW + 1);
    expect(brief(scene(5000))).to.deep.equal(['stop 1 spec_changed', 'create 1 queued']);
  });

  it('completes once all that is wanted has proven itself, and waits for the last by their number alone', () => {
    const spec = { replicas: 2, update: sampleUpdate({ minHealthyMs: 5000 }) };
    const scene = (agoMs: number) =>
      plan({ spec, miner: rollout(), instances: times(2, { ...v2, changedAtMs: NOW - agoMs }) });
    expect(scene(4999)).to.include({ settlesAt: 2, unfinished: false });
    expect(scene(5000).decisions[0]).to.have.nested.property('rollout.state', 'complete');
    const back = plan({ miner: rollout({ cause: 'autoRollback' }), instances: [v2] });
    expect(back.decisions[0]).to.have.nested.property('rollout.state', 'rolledBack');
  });

  it('notes when it came further than ever', () => {
    const miner = rollout({ progress: 1 });
    const instances = [running, { ...v2, changedAtMs: NOW - 1000 }];
    const [decision] = plan({ spec: { replicas: 2 }, miner, instances }).decisions;
    expect(decision).to.deep.include({ kind: 'progress' });
    expect(decision).to.have.nested.property('rollout.progress', 2);
    expect(decision).to.have.nested.property('rollout.progressedAtMs', NOW - 1000);
  });

  describe('without progress', () => {
    const late = { progressedAtMs: NOW - 600_000 };
    const stuck = { ...v2, ...starting, reason: 'image_not_found', text: 'no such image' };
    const scene: Scene = { spec: { replicas: 2 }, miner: rollout(late), instances: [running, stuck] };

    it('fails at its deadline, names who holds it up, and replaces nothing more', () => {
      const { decisions, why, ...rest } = plan(scene);
      expect(decisions[0]).to.have.nested.property('rollout.state', 'failed');
      expect(decisions[0])
        .to.have.nested.property('rollout.text')
        .that.includes('alpha-2 is starting: image_not_found');
      expect(brief(rest)).to.deep.equal([]);
      expect(why?.reason).to.equal('rollout_failed');
      const early = { ...scene, miner: rollout({ progressedAtMs: NOW - 599_999 }) };
      expect(plan(early)).to.deep.include({ decisions: [], wakeAtMs: NOW + 1 });
    });

    it('goes back to the last good revision where the policy says so, but never from a rollback', () => {
      const spec = { replicas: 2, update: sampleUpdate({ autoRollback: true }) };
      expect(plan({ ...scene, spec }).decisions[0]).to.deep.include({ kind: 'rollBack', toRevision: 1 });
      const ended = { ...scene, spec, miner: rollout({ ...late, goodRevision: 0 }) };
      expect(plan(ended).decisions[0]).to.have.nested.property('rollout.state', 'failed');
    });

    it('is given time when nobody has watched, as after a restart', () => {
      expect(plan({ ...scene, watchedMs: 10_000 })).to.deep.include({ decisions: [], wakeAtMs: NOW + 20_000 });
    });

    it('has no deadline when paused, without a limit, or when its first instances only wait for hosts', () => {
      const paused = { ...scene, miner: rollout({ ...late, paused: true }) };
      const unlimited = { ...scene, spec: { replicas: 2, update: sampleUpdate({ progressDeadlineMs: 0 }) } };
      const first = { miner: rollout({ ...late, fromRevision: 0 }), instances: [{ ...v2, ...pending }] };
      for (const one of [paused, unlimited, first]) expect(plan(one).decisions).to.deep.equal([]);
    });

    it('begins its deadline anew when the clock was set back', () => {
      const [decision] = plan({ ...scene, miner: rollout({ progressedAtMs: NOW + HOUR }) }).decisions;
      expect(decision).to.have.nested.property('rollout.progressedAtMs', NOW);
    });
  });

  describe('that has come to a halt', () => {
    const paused = rollout({ paused: true, updatedLimit: 1 });
    const spec = { replicas: 4, update: sampleUpdate({ maxSurge: count(1) }) };

    it('replaces nothing, and keeps what it surged when paused', () => {
      expect(brief(plan({ spec, miner: paused, instances: [...times(4, running), v2] }))).to.deep.equal([]);
      const { steps, why } = plan({ spec, miner: paused, instances: [...times(3, running), v2] });
      expect([steps, why?.reason]).to.deep.equal([[], 'rollout_paused']);
    });

    it('makes what is missing as it was, and only as many new ones as there were', () => {
      const made = (instances: readonly Partial<InstanceRecord>[]) =>
        plan({ spec, miner: paused, instances }).steps.map((step) =>
          step.kind === 'create' ? [step.workloadId, step.count] : step,
        );
      expect(made([running, running, v2])).to.deep.equal([[1, 1]]);
      expect(made([running, running])).to.deep.equal([
        [2, 1],
        [1, 1],
      ]);
      expect(made([running, v2, { ...failed, startedAtMs: NOW }])).to.deep.equal([[1, 1]]);
    });

    it('still moves what has to leave its host', () => {
      const hosts = { d: { draining: true } };
      const { steps } = plan({ spec, miner: paused, instances: [...times(2, running), { hostId: 'd' }, v2], hosts });
      expect(brief({ steps })).to.deep.equal(['create 1 queued']);
      expect(steps[0]).to.include({ workloadId: 1 });
    });
  });
});
