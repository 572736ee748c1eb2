import { expect } from 'chai';
import type { HostRecord } from '../../../../common/model/host.js';
import type { InstanceRecord } from '../../../../common/model/instance.js';
import type { MinerRecord, MinerSpec } from '../../../../common/model/miner.js';
import type { CountOrPercent, FailureSeries, RolloutRecord } from '../../../../common/model/rollout.js';
import type { RolloutDecision } from '../../../../coordinator/rollout/decision.js';
import { planRollout } from '../../../../coordinator/rollout/index.js';
import type { RolloutPlan, RolloutStep, RolloutView } from '../../../../coordinator/rollout/index.js';
import { retryDelayMs } from '../../../../coordinator/rollout/policy.js';
import {
  sampleHost,
  sampleMiner,
  sampleRollout,
  sampleUpdate,
  sampleWorkload,
} from '../../../support/fleet-samples.js';
import { sampleInstance } from '../../../support/store-samples.js';

const NOW = Date.UTC(2026, 0, 2);
const HOUR = 3_600_000;

interface Scene {
  readonly spec?: Partial<MinerSpec>;
  readonly miner?: Partial<MinerRecord>;
  readonly instances?: readonly Partial<InstanceRecord>[];
  readonly hosts?: Readonly<Record<string, Partial<HostRecord> | undefined>>;
  readonly nowMs?: number;
  readonly watchedMs?: number;
  readonly moving?: readonly number[];
}

/** Plans a scene: instances are numbered from 1 and run healthily on host `h` unless told otherwise. */
function plan(scene: Scene): Decided {
  const usual = { hostId: 'h', createdAtMs: NOW - HOUR, startedAtMs: NOW - HOUR, changedAtMs: NOW };
  const instances = (scene.instances ?? []).map((patch, index) =>
    sampleInstance({
      ...usual,
      ...(patch.state === 'pending' ? { hostId: undefined } : {}),
      serial: index + 1,
      ...patch,
    }),
  );
  const hosts: Scene['hosts'] = { h: {}, ...scene.hosts };
  return planDecided({
    nowMs: scene.nowMs ?? NOW,
    watchedMs: scene.watchedMs ?? Infinity,
    miner: sampleMiner(scene.spec, scene.miner),
    instances,
    workload: (id) => sampleWorkload(scene.spec, id, id === 3 ? 1 : id),
    host: (id) => (hosts[id] === undefined ? undefined : sampleHost(id, hosts[id])),
    moving: (serial) => (scene.moving?.includes(serial) === true ? MOVE : undefined),
  });
}

const MOVE = { reason: 'host_drained', text: 'It is moved.' } as const;

interface Decided extends RolloutPlan {
  /** All that was decided before, in order. */
  readonly decisions: readonly RolloutDecision[];
}

/** Plans anew after each decision, as the loop does; not after a rollback, which changes what runs. */
function planDecided(view: RolloutView, decisions: readonly RolloutDecision[] = []): Decided {
  const plan = planRollout(view);
  const { decision } = plan;
  if (decision === undefined) return { ...plan, decisions };
  const all = [...decisions, decision];
  if (decision.kind === 'rollBack') return { ...plan, decisions: all };
  const { kind: _kind, ...change } = decision;
  return planDecided({ ...view, miner: { ...view.miner, ...change } }, all);
}

/** Steps in short: `create 2 queued`, `stop 1 scaled_down`. */
function brief({ steps }: { readonly steps: readonly RolloutStep[] }): string[] {
  return steps.map((step) => {
    if (step.kind === 'removeMiner') return step.kind;
    const what = step.kind === 'create' ? step.count : step.serial;
    return [step.kind, what, ...('reason' in step ? [step.reason] : [])].join(' ');
  });
}

const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);

describe('the rollout plan', () => {
  const running = {};
  const pending = { state: 'pending' } as const;
  const starting = { state: 'starting', health: 'none' } as const;
  const unhealthy = { health: 'unhealthy' } as const;
  const failed = { state: 'failed', reason: 'exited_error' } as const;

  const cases: [string, Scene, string[]][] = [
    ['does nothing when all is as wanted', { spec: { replicas: 2 }, instances: [running, pending] }, []],
    ['creates what is missing', { spec: { replicas: 3 }, instances: [running] }, ['create 2 queued']],
    [
      'does not count those that stop',
      { spec: { replicas: 1 }, instances: [{ state: 'stopping' }] },
      ['create 1 queued'],
    ],
    [
      'stops the least missed first, the newest of equals',
      { spec: { replicas: 1 }, instances: [running, running, unhealthy, starting, pending] },
      ['remove 5 scaled_down', 'stop 4 scaled_down', 'stop 3 scaled_down', 'stop 2 scaled_down'],
    ],
    [
      'stops those on draining hosts before others that run',
      {
        spec: { replicas: 1 },
        instances: [{ hostId: 'd' }, running, running],
        hosts: { d: { draining: true } },
      },
      ['stop 1 scaled_down', 'stop 3 scaled_down'],
    ],
    [
      'stops all when no replica is wanted',
      { spec: { replicas: 0 }, instances: [running, pending] },
      ['remove 2 scaled_down', 'stop 1 scaled_down'],
    ],
    [
      'stops all of a stopped miner',
      { miner: { stopped: true }, instances: [running, pending] },
      ['stop 1 miner_stop', 'remove 2 miner_stop'],
    ],
    [
      'stops all of a miner being deleted, and keeps its record meanwhile',
      { miner: { deleting: true }, instances: [running, { state: 'stopped' }] },
      ['stop 1 miner_delete'],
    ],
    [
      'waits for those that stop before it removes a deleted miner',
      { miner: { deleting: true }, instances: [{ state: 'stopping' }] },
      [],
    ],
    [
      'removes a deleted miner with its ended instances',
      { miner: { deleting: true }, instances: [{ state: 'stopped' }, { state: 'lost' }] },
      ['forget 1', 'forget 2', 'removeMiner'],
    ],
    [
      'replaces a quarter at a time when the spec changed, the oldest first',
      { spec: { replicas: 8 }, miner: { workloadId: 2, specRevision: 2 }, instances: times(8, running) },
      ['stop 1 spec_changed', 'stop 2 spec_changed', 'create 2 queued'],
    ],
    [
      'goes on only as replacements become available',
      {
        spec: { replicas: 4 },
        miner: { workloadId: 2 },
        instances: [running, running, running, { ...starting, workloadId: 2 }],
      },
      [],
    ],
    [
      'replaces at once what is not available anyway',
      { spec: { replicas: 4 }, miner: { workloadId: 2 }, instances: [running, running, unhealthy, pending] },
      ['stop 3 spec_changed', 'remove 4 spec_changed', 'create 2 queued'],
    ],
    [
      'tells a restart from a changed spec',
      { miner: { workloadId: 3, rollout: sampleRollout({ cause: 'restart' }) }, instances: [running] },
      ['stop 1 restart_requested', 'create 1 queued'],
    ],
    [
      'makes before it breaks when a host is drained',
      { spec: { replicas: 2 }, instances: [{ hostId: 'd' }, running], hosts: { d: { draining: true } } },
      ['create 1 queued'],
    ],
    [
      'keeps the one on a draining host while its replacement starts',
      { instances: [{ hostId: 'd' }, starting], hosts: { d: { draining: true } } },
      [],
    ],
    [
      'stops the one on a draining host once its replacement is available',
      { instances: [{ hostId: 'd' }, running], hosts: { d: { draining: true } } },
      ['stop 1 host_drained'],
    ],
    [
      'drains at most a tenth at a time',
      { spec: { replicas: 20 }, instances: times(20, { hostId: 'd' }), hosts: { d: { draining: true } } },
      ['create 2 queued'],
    ],
    [
      'breaks before it makes when a holder of an identity is drained',
      { spec: { identity: 'key' }, instances: [{ hostId: 'd' }], hosts: { d: { draining: true } } },
      ['stop 1 host_drained', 'create 1 queued'],
    ],
    [
      'replaces what was on a lost, removed or unknown host',
      {
        spec: { replicas: 3 },
        instances: [{ hostId: 'l' }, { hostId: 'r', state: 'stopping' }, { hostId: 'x' }],
        hosts: { l: { state: 'lost' }, r: { state: 'removed' } },
      },
      ['lose 1 host_lost', 'lose 2 host_removed', 'lose 3 host_removed', 'create 3 queued'],
    ],
    ['leaves those on a suspect host alone', { instances: [{ hostId: 's' }], hosts: { s: { state: 'suspect' } } }, []],
    [
      'replaces lost and stopped instances at once',
      { spec: { replicas: 2 }, instances: [{ state: 'lost' }, { state: 'stopped', reason: 'host_drained' }] },
      ['create 2 queued'],
    ],
    ['holds back the replacement of one that just failed', { instances: [failed] }, []],
    ['holds back no more than what failed', { spec: { replicas: 3 }, instances: [failed] }, ['create 2 queued']],
    [
      'replaces a failed one once its backoff is over',
      { instances: [{ ...failed, changedAtMs: NOW - 2500 }] },
      ['create 1 queued'],
    ],
    [
      'does not wait for a failure that a clock set back puts into the future',
      { instances: [{ ...failed, changedAtMs: NOW + HOUR }] },
      ['create 1 queued'],
    ],
    [
      'forgets the backoff when the spec changes',
      { miner: { workloadId: 2 }, instances: [failed] },
      ['create 1 queued'],
    ],
  ];

  for (const [title, scene, steps] of cases) it(title, () => expect(brief(plan(scene))).to.deep.equal(steps));

  describe('by restart condition', () => {
    const restart = (condition: MinerSpec['restart']['condition']): Partial<MinerSpec> => ({
      restart: { condition, maxAttempts: 5, windowMs: 1, backoffMs: 1, maxBackoffMs: 1 },
    });
    const done = { state: 'stopped', reason: 'completed' } as const;
    const old = { changedAtMs: NOW - 2 * HOUR, startedAtMs: NOW - 4 * HOUR };
    const kinds: [MinerSpec['restart']['condition'], Partial<InstanceRecord>, string[]][] = [
      ['onFailure', done, []],
      ['onFailure', { ...failed, ...old }, ['create 1 queued']],
      ['onFailure', { state: 'lost' }, ['create 1 queued']],
      ['never', done, []],
      ['never', { ...failed, ...old }, []],
      [
        'never',
        { state: 'failed', reason: 'image_not_found', changedAtMs: NOW - HOUR, startedAtMs: 0 },
        ['create 1 queued'],
      ],
      ['never', { state: 'lost' }, ['create 1 queued']],
      ['always', { ...done, ...old }, ['create 1 queued']],
    ];
    for (const [condition, record, steps] of kinds)
      it(`${condition}: ${steps.length === 0 ? 'leaves' : 'replaces'} ${record.state ?? ''} ${record.reason ?? ''}`, () =>
        expect(brief(plan({ spec: restart(condition), instances: [record] }))).to.deep.equal(steps));

    it('keeps the records of finished instances, however many and old, for they count as replicas', () => {
      const finished = { ...done, changedAtMs: NOW - 100 * HOUR };
      const spec = { ...restart('onFailure'), replicas: 21 };
      expect(brief(plan({ spec, instances: times(20, finished) }))).to.deep.equal(['create 1 queued']);
    });
  });

  describe('of ended instances', () => {
    const gone = (hoursAgo: number): Partial<InstanceRecord> => ({
      state: 'stopped',
      reason: 'scaled_down',
      changedAtMs: NOW - hoursAgo * HOUR,
    });

    it('keeps the last ten, at most a day', () => {
      const instances = [...Array.from({ length: 12 }, (_, index) => gone(12 - index)), running];
      expect(brief(plan({ instances }))).to.deep.equal(['forget 2', 'forget 1']);
      expect(brief(plan({ instances: [gone(24), gone(23), running] }))).to.deep.equal(['forget 1']);
    });

    it('wakes when the next one will have been kept for a day', () => {
      expect(plan({ instances: [gone(20), gone(23), running] }).wakeAtMs).to.equal(NOW + HOUR);
      expect(plan({ instances: [running] }).wakeAtMs).to.equal(undefined);
    });
  });

  describe('of failing instances', () => {
    const failedAt = (agoMs: number): Partial<InstanceRecord> => ({
      ...failed,
      changedAtMs: NOW - agoMs,
      startedAtMs: NOW - agoMs - 1000,
    });
    const retryInMs = (priority: number, ...agos: number[]): number =>
      (plan({ spec: { priority }, instances: agos.map(failedAt) }).wakeAtMs ?? NaN) - NOW;

    it('waits longer the longer the series of failures lasts, and says why meanwhile', () => {
      expect(retryInMs(500, 0)).to.equal(retryDelayMs(500, 0, 1));
      expect(retryInMs(500, 30_000, 0)).to.equal(retryDelayMs(500, 30_000, 2));
      expect(retryInMs(500, 3_000_000, 0)).to.equal(retryDelayMs(500, 3_000_000, 2));
      expect(plan({ instances: [failedAt(0)] }).why).to.include({ reason: 'retry_backoff', atMs: NOW });
      expect(plan({ instances: [failedAt(0), running] }).why).to.equal(undefined);
    });

    it('tries again sooner, and for longer, with higher priority', () => {
      for (const agos of [[0], [30_000, 0], [3_000_000, 0]]) {
        const waits = [900, 500, 100].map((priority) => retryInMs(priority, ...agos));
        expect(waits).to.deep.equal([...waits].sort((a, b) => a - b));
        expect(new Set(waits).size).to.equal(3);
      }
    });

    it('spreads what failed together over a quarter of the delay, the same way each time', () => {
      const delays = Array.from({ length: 100 }, (_, serial) => retryDelayMs(500, 60_000, serial));
      expect(Math.min(...delays)).to.be.within(60_000, 61_000);
      expect(Math.max(...delays)).to.be.within(74_000, 75_000);
      expect(new Set(delays).size).to.be.above(95);
      expect(delays[7]).to.equal(retryDelayMs(500, 60_000, 7));
    });

    it('counts any number of replicas that fail together once', () => {
      const scene = { spec: { replicas: 50 }, instances: times(50, failedAt(0)) };
      const { decisions, ...rest } = plan(scene);
      expect(decisions).to.have.length(1);
      expect(decisions[0]).to.deep.include({ kind: 'countFailures', begins: true });
      expect(decisions[0]).to.have.nested.property('failures.countedAtMs.length', 1);
      expect(brief(rest)).to.deep.equal([]);
    });

    const known = (patch: Partial<FailureSeries>): FailureSeries => ({
      firstAtMs: NOW - 60_000,
      countedAtMs: [NOW - 60_000],
      countedSerial: 0,
      forgivenSerial: 0,
      lastAtMs: NOW - 60_000,
      lastInstance: 'alpha-1',
      lastReason: 'exited_error',
      lastText: '',
      ...patch,
    });

    it('knows when the series began though its first failures are forgotten, and tells of it once', () => {
      const scene = { miner: { failures: known({ firstAtMs: NOW - 120_000 }) }, instances: [failedAt(0)] };
      expect(plan(scene).wakeAtMs).to.equal(NOW + retryDelayMs(500, 120_000, 1));
      expect(plan(scene).decisions).to.have.length(1);
      expect(plan(scene).decisions[0]).to.include({ begins: false });
    });

    it('begins a new series after a long run or a long time', () => {
      const ran = { ...failed, changedAtMs: NOW, startedAtMs: NOW - HOUR };
      expect(plan({ miner: { failures: known({}) }, instances: [ran] }).wakeAtMs).to.equal(
        NOW + retryDelayMs(500, 0, 1),
      );
      const old = known({ firstAtMs: NOW - 3 * HOUR, lastAtMs: NOW - 2 * HOUR });
      const plans = [
        plan({ miner: { failures: old }, instances: [failedAt(0)] }),
        plan({ instances: [failedAt(2 * HOUR), failedAt(0)] }),
      ];
      expect(plans.map(({ wakeAtMs }) => wakeAtMs)).to.deep.equal(
        [1, 2].map((serial) => NOW + retryDelayMs(500, 0, serial)),
      );
      expect(plans.map(({ decisions }) => decisions[0])).to.have.nested.property('[0].begins', true);
    });

    it('counts a failure of what was created before the last one that counted with that one', () => {
      const counted = (countedSerial: number): unknown =>
        plan({ miner: { failures: known({ countedSerial }) }, instances: [running, failedAt(0)] }).decisions;
      expect(counted(2)).to.deep.equal([]);
      expect(counted(1))
        .to.have.nested.property('[0].failures.countedAtMs')
        .that.deep.equals([NOW - 60_000, NOW]);
    });

    it('forgets failures that left the window, and waits for none that was forgiven', () => {
      const retry = { maxFailures: 3, windowMs: HOUR };
      const countedAtMs = [NOW - 2 * HOUR, NOW - 10];
      const scene = { spec: { retry }, miner: { failures: known({ countedAtMs }) }, instances: [failedAt(0)] };
      expect(plan(scene).decisions[0])
        .to.have.nested.property('failures.countedAtMs')
        .that.deep.equals([NOW - 10, NOW]);
      const forgiven = known({ firstAtMs: 0, countedAtMs: [], countedSerial: 1, forgivenSerial: 1 });
      expect(brief(plan({ miner: { failures: forgiven }, instances: [failedAt(0)] }))).to.deep.equal([
        'create 1 queued',
      ]);
    });

    describe('too often', () => {
      const retry = { maxFailures: 3, windowMs: HOUR };
      const failures = known({ countedAtMs: [NOW - 30, NOW - 20, NOW - 10], countedSerial: 9, forgivenSerial: 9 });

      it('gives the miner up, and makes nothing more', () => {
        const scene = { spec: { retry }, miner: { failures }, instances: [pending] };
        const { decisions, why, ...rest } = plan(scene);
        expect(decisions.at(-1)).to.deep.include({ kind: 'quarantine' });
        expect(decisions.at(-1)).to.have.nested.property('quarantine.failures', 3);
        expect(brief(rest)).to.deep.equal(['remove 1 quarantined']);
        expect(why?.reason).to.equal('quarantined');
      });

      const spared: [string, Scene][] = [
        ['half of what is wanted works', { spec: { retry, replicas: 2 }, instances: [running] }],
        ['its policy sets no limit', { spec: { retry: { ...retry, maxFailures: 0 } } }],
        ['the failures are not recent', { spec: { retry: { maxFailures: 3, windowMs: 15 } } }],
      ];
      for (const [when, scene] of spared)
        it(`goes on when ${when}`, () =>
          expect(brief(plan({ ...scene, miner: { failures } }))).to.deep.equal(['create 1 queued']));

      it('keeps what runs, lets it be stopped, and ends what has to leave its host', () => {
        const quarantine = { reason: 'exited_error', text: '', atMs: NOW, failures: 3, instance: 'alpha-9' };
        const scene = { spec: { replicas: 3 }, miner: { quarantine } };
        expect(brief(plan({ ...scene, instances: [running] }))).to.deep.equal([]);
        const hosts = { d: { draining: true } };
        expect(brief(plan({ ...scene, instances: [running, { hostId: 'd' }], hosts }))).to.deep.equal([
          'stop 2 host_drained',
        ]);
      });
    });
  });

  describe('of an update', () => {
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

  describe('of instances that are to be moved', () => {
    it('makes before it breaks', () => {
      expect(brief(plan({ instances: [running], moving: [1] }))).to.deep.equal(['create 1 queued']);
      expect(plan({ instances: [running, running], moving: [1] }).steps).to.deep.equal([
        { kind: 'stop', serial: 1, ...MOVE },
      ]);
    });

    it('breaks before it makes with an identity', () => {
      const scene = { spec: { identity: 'key' }, instances: [running], moving: [1] };
      expect(brief(plan(scene))).to.deep.equal(['stop 1 host_drained', 'create 1 queued']);
    });
  });
});
