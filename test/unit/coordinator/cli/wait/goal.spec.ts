import { create } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { FleetChangeSchema } from '../../../../../common/gen/headframe/v1/fleet_service_pb.js';
import type { FleetChange } from '../../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { Health, InstanceSchema, InstanceState } from '../../../../../common/gen/headframe/v1/instance_pb.js';
import { MinerSchema, RolloutCause, RolloutState } from '../../../../../common/gen/headframe/v1/miner_pb.js';
import type { RolloutSchema } from '../../../../../common/gen/headframe/v1/miner_pb.js';
import { Board } from '../../../../../coordinator/cli/wait/goal.js';
import type { Goal, GoalStanding } from '../../../../../coordinator/cli/wait/goal.js';
import { goalLines } from '../../../../../coordinator/cli/wait/progress.js';

type MinerPatch = MessageInitShape<typeof MinerSchema>;
type InstancePatch = MessageInitShape<typeof InstanceSchema>;

const miner = (desired: number, patch: Omit<MinerPatch, '$typeName'> = {}): FleetChange =>
  create(FleetChangeSchema, {
    change: { case: 'miner', value: create(MinerSchema, { spec: { name: 'web' }, counts: { desired }, ...patch }) },
  });
const instance = (serial: number, patch: Omit<InstancePatch, '$typeName'> = {}): FleetChange =>
  create(FleetChangeSchema, {
    change: {
      case: 'instance',
      value: create(InstanceSchema, {
        id: `web-${String(serial)}`,
        miner: 'web',
        state: InstanceState.RUNNING,
        health: Health.NONE,
        ...patch,
      }),
    },
  });
const removed = (what: 'minerRemoved' | 'instanceRemoved', value: string): FleetChange =>
  create(FleetChangeSchema, { change: { case: what, value } });

const standing = (goal: Goal, ...changes: FleetChange[]): GoalStanding => {
  const board = new Board();
  for (const change of changes) board.take(change);
  return board.standingOf(goal);
};

describe('Waiting for a miner to run', () => {
  const goal: Goal = { miner: 'web', wanted: 'running' };

  it('ends when as many as wanted run', () => {
    expect(standing(goal, miner(2), instance(1), instance(2))).to.include({ reached: true, done: 2, total: 2 });
  });

  const notYet: readonly [string, FleetChange[]][] = [
    ['too few run', [miner(2), instance(1)]],
    ['one is starting', [miner(1), instance(1, { state: InstanceState.STARTING })]],
    ['a check has not passed', [miner(1), instance(1, { health: Health.CHECKING })]],
    ['a check fails', [miner(1), instance(1, { health: Health.UNHEALTHY })]],
    ['more live than are wanted', [miner(1), instance(1), instance(2)]],
    ['what is not wanted any more is stopping', [miner(0), instance(1, { state: InstanceState.STOPPING })]],
    ['one has failed', [miner(1), instance(1), instance(1, { state: InstanceState.FAILED })]],
    ['one is gone', [miner(1), instance(1), removed('instanceRemoved', 'web-1')]],
  ];
  for (const [because, changes] of notYet) {
    it(`goes on while ${because}`, () => {
      const found = standing(goal, ...changes);
      expect(found.reached).to.equal(false);
      expect(found.why).to.not.equal('');
    });
  }

  it('goes on while an instance of before lives', () => {
    const isStale = ({ id }: { id: string }): boolean => id === 'web-1';
    expect(standing({ ...goal, isStale }, miner(1), instance(1)).reached).to.equal(false);
    expect(standing({ ...goal, isStale }, miner(1), instance(1), instance(2)).reached).to.equal(false);
    const replaced = [miner(1), instance(1, { state: InstanceState.STOPPED }), instance(2)];
    expect(standing({ ...goal, isStale }, ...replaced).reached).to.equal(true);
  });

  it('counts what has completed as done', () => {
    expect(standing(goal, miner(2, { counts: { desired: 2, completed: 1 } }), instance(1)).reached).to.equal(true);
  });

  it('passes on why the coordinator lets it wait', () => {
    expect(standing(goal, miner(1, { why: { reason: 'insufficient_cpu' } })).why).to.contain('insufficient_cpu');
  });

  describe('with its rollout', () => {
    const awaited: Goal = { ...goal, rollout: { toRevision: 7n } };
    const rolling = (patch: MessageInitShape<typeof RolloutSchema>): FleetChange =>
      miner(1, { rollout: { state: RolloutState.COMPLETE, toRevision: 7n, endedAtMs: 1n, ...patch } });

    it('goes on until that is complete', () => {
      const progressing = rolling({ state: RolloutState.PROGRESSING, endedAtMs: 0n });
      expect(standing(awaited, progressing, instance(1)))
        .to.include({ reached: false })
        .and.not.have.property('hopeless');
      expect(standing(awaited, rolling({ toRevision: 6n }), instance(1)).reached).to.equal(false);
      expect(standing(awaited, rolling({}), instance(1)).reached).to.equal(true);
      expect(standing({ ...goal, rollout: {} }, rolling({ toRevision: 6n }), instance(1)).reached).to.equal(true);
      const stopped = miner(0, { stopped: true, rollout: { state: RolloutState.PROGRESSING } });
      expect(standing({ ...goal, rollout: {} }, stopped).reached).to.equal(true);
    });

    it('is hopeless once it has failed or goes back', () => {
      expect(standing(awaited, rolling({ state: RolloutState.FAILED }), instance(1)).hopeless).to.equal('failed');
      const back = rolling({ state: RolloutState.PROGRESSING, toRevision: 3n, cause: RolloutCause.AUTO_ROLLBACK });
      expect(standing(awaited, back).hopeless).to.equal('rolledBack');
      expect(standing(goal, rolling({ state: RolloutState.FAILED }), instance(1)).reached).to.equal(true);
    });
  });

  it('is hopeless while the miner is quarantined', () => {
    expect(standing(goal, miner(1, { quarantine: { reason: 'exited_error' } })).hopeless).to.equal('quarantined');
  });

  it('is hopeless when the miner is not there or goes away', () => {
    expect(standing(goal).hopeless).to.equal('missing');
    expect(standing(goal, miner(1), removed('minerRemoved', 'web')).hopeless).to.equal('missing');
    expect(standing(goal, miner(1, { deleting: true })).hopeless).to.equal('deleting');
  });
});

describe('Waiting for a miner to stop or go', () => {
  it('counts down from the most that lived', () => {
    const board = new Board();
    const goal: Goal = { miner: 'web', wanted: 'stopped' };
    for (const change of [miner(0), instance(1), instance(2)]) board.take(change);
    expect(board.standingOf(goal)).to.include({ reached: false, done: 0, total: 2 });
    board.take(instance(2, { state: InstanceState.STOPPED }));
    expect(board.standingOf(goal)).to.include({ reached: false, done: 1, total: 2 });
    board.take(instance(1, { state: InstanceState.STOPPED }));
    expect(board.standingOf(goal)).to.include({ reached: true, done: 2, total: 2 });
  });

  it('is deleted only when the miner itself is gone', () => {
    const goal: Goal = { miner: 'web', wanted: 'deleted' };
    expect(standing(goal, miner(0, { deleting: true })).reached).to.equal(false);
    expect(standing(goal, miner(0), removed('minerRemoved', 'web')).reached).to.equal(true);
    expect(standing(goal).reached).to.equal(true);
  });
});

describe('What a board knows', () => {
  it('is forgotten before it is told anew', () => {
    const board = new Board();
    for (const change of [miner(1), instance(1)]) board.take(change);
    board.reset();
    expect(board.standingOf({ miner: 'web', wanted: 'running' }).hopeless).to.equal('missing');
  });

  it('names a bounded number of instances whose image is on its way', () => {
    const board = new Board();
    for (const serial of [1, 2, 3]) board.take(instance(serial, { state: InstanceState.PREPARING }));
    board.take(instance(4));
    expect(board.preparing(2)).to.deep.equal(['web-1', 'web-2']);
    expect(board.preparing(9)).to.have.length(3);
  });
});

describe('The progress of goals', () => {
  const at = (name: string, done: number): GoalStanding => ({
    goal: { miner: name, wanted: 'running' },
    reached: false,
    done,
    total: 3,
    why: `${name} waits`,
  });

  it('is a line each, and one for all when they are many', () => {
    expect(goalLines([at('a', 1), at('b', 2)]).map(({ name, done }) => [name, done])).to.deep.equal([
      ['a', 1],
      ['b', 2],
    ]);
    const many = Array.from({ length: 11 }, (_, index) => at(`m${String(index)}`, 1));
    expect(goalLines(many)).to.deep.equal([{ name: '11 miners', done: 11, total: 33, text: 'm0 waits' }]);
  });
});
