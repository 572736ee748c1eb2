import { expect } from 'chai';
import type { InstanceRecord } from '../../../../common/model/instance.js';
import type { MinerSpec } from '../../../../common/model/miner.js';
import { sampleRollout } from '../../../support/fleet-samples.js';
import {
  HOUR,
  MOVE,
  NOW,
  brief,
  failed,
  pending,
  plan,
  running,
  starting,
  times,
  unhealthy,
} from '../../../support/rollout-scene.js';
import type { Scene } from '../../../support/rollout-scene.js';

describe('the rollout plan', () => {
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
