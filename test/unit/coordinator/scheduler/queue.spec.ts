import { expect } from 'chai';
import { PlacementQueue } from '../../../../coordinator/scheduler/queue.js';
import { WaitingGroup } from '../../../../coordinator/scheduler/waiting-group.js';
import { placementDemand } from '../../../support/placement-samples.js';
import type { DemandShape } from '../../../support/placement-samples.js';

let workloads = 0;

/** A group of the miner that waits with the given serials. */
function groupOf(miner: string, priority: number, serials: readonly number[], shape: DemandShape = {}): WaitingGroup {
  const demand = placementDemand({ miner, ...shape, spec: { priority, ...shape.spec } });
  const group = new WaitingGroup((workloads += 1), demand, true);
  for (const serial of serials) group.pending.add(serial);
  return group;
}

/** Takes everything out in turn, by miner. */
function drain(queue: PlacementQueue): string[] {
  const order: string[] = [];
  for (let group = queue.next(0)?.group; group !== undefined; group = queue.next(0)?.group) {
    order.push(group.miner);
    group.pending.take(1);
    queue.refresh(group);
  }
  return order;
}

function queueOf(...groups: readonly WaitingGroup[]): PlacementQueue {
  const queue = new PlacementQueue();
  for (const group of groups) queue.refresh(group);
  return queue;
}

/** Wakes the blocked shapes whose demand `couldHelp`; gives the miners asked about. */
function wake(queue: PlacementQueue, couldHelp: (miner: string) => boolean): string[] {
  const asked: string[] = [];
  const steps = queue.wake(function* ({ miner }) {
    asked.push(miner);
    yield;
    return couldHelp(miner);
  });
  while (steps.next().done !== true);
  return asked;
}

describe('the queue', () => {
  it('gives the highest priority its turn first, and among equals the oldest', () => {
    const queue = queueOf(
      groupOf('old-low', 100, [1]),
      groupOf('young', 500, [8]),
      groupOf('high', 900, [9], { cpu: 5 }),
      groupOf('old', 500, [2]),
    );
    expect(drain(queue)).to.deep.equal(['high', 'old', 'young', 'old-low']);
  });

  it('gives instances of equal priority their turn by age, whatever their miner', () => {
    const queue = queueOf(groupOf('odd', 500, [1, 3, 5]), groupOf('even', 500, [2, 4], { cpu: 5 }));
    expect(drain(queue)).to.deep.equal(['odd', 'even', 'odd', 'even', 'odd']);
  });

  it('blocks every group of a shape with the first, and those that come later', () => {
    const [high, low, other] = [
      groupOf('high', 900, [1]),
      groupOf('low', 100, [2]),
      groupOf('other', 50, [3], { cpu: 5 }),
    ];
    const queue = queueOf(high, low, other);
    queue.block(high);
    const late = groupOf('late', 900, [4]);
    queue.refresh(late);
    expect([high, low, late, other].map((group) => queue.statusOf(group))).to.deep.equal([
      'blocked',
      'blocked',
      'blocked',
      'ready',
    ]);
    expect(drain(queue)).to.deep.equal(['other']);
    expect(queue.hasBlocked).to.equal(true);
    expect([...queue.untold]).to.have.members([high, low, late]);
  });

  it('gives those a turn who come, with a higher priority, once somebody lower was asked in vain', () => {
    const [high, low] = [groupOf('high', 900, [1]), groupOf('low', 100, [2])];
    const queue = queueOf(high, low);
    queue.block(high);
    high.pending.take(1);
    queue.refresh(high);
    const before = groupOf('before', 100, [3]);
    queue.refresh(before);
    expect(wake(queue, () => false)).to.deep.equal(['low']);
    expect(queue.statusOf(before)).to.equal('blocked');
    queue.refresh(groupOf('late', 500, [4]));
    expect(drain(queue)).to.deep.equal(['late', 'low', 'before']);
  });

  it('gives those a turn who come while others are asked', () => {
    const [high, low] = [groupOf('high', 900, [1]), groupOf('low', 100, [2])];
    const queue = queueOf(high, low);
    queue.block(high);
    high.pending.take(1);
    queue.refresh(high);
    const late = groupOf('late', 500, [3]);
    wake(queue, () => {
      queue.refresh(late);
      return false;
    });
    expect(queue.statusOf(late)).to.equal('ready');
  });

  it('gives a shape another turn when somebody of a higher priority comes, for whom others may make room', () => {
    const [low, equal, high] = [groupOf('low', 500, [1]), groupOf('equal', 500, [2]), groupOf('high', 501, [3])];
    const queue = queueOf(low);
    queue.block(low);
    queue.refresh(equal);
    expect(queue.hasReady).to.equal(false);
    queue.refresh(high);
    expect(queue.next(0)?.group).to.equal(high);
    queue.block(high);
    expect(queue.hasReady).to.equal(false);
  });

  it('wakes only the shapes that can be helped, best group first', () => {
    const small = [groupOf('small-low', 100, [1]), groupOf('small-high', 900, [2])];
    const large = groupOf('large', 950, [3], { cpu: 9000 });
    const queue = queueOf(...small, large);
    queue.block(large);
    for (const group of small) queue.block(group);
    expect(queue.hasReady).to.equal(false);
    expect(wake(queue, (miner) => miner !== 'large')).to.have.members(['large', 'small-high']);
    expect(queue.statusOf(large)).to.equal('blocked');
    expect(drain(queue)).to.deep.equal(['small-high', 'small-low']);
  });

  it('keeps a shape blocked while a group of it comes and goes', () => {
    const [stays, goes] = [groupOf('stays', 500, [2]), groupOf('goes', 900, [1])];
    const queue = queueOf(stays, goes);
    queue.block(goes);
    goes.pending.take(1);
    queue.refresh(goes);
    expect(queue.statusOf(goes)).to.equal('idle');
    expect(queue.statusOf(stays)).to.equal('blocked');
    expect(wake(queue, () => true)).to.deep.equal(['stays']);
    expect(drain(queue)).to.deep.equal(['stays']);
    expect(queue.hasBlocked).to.equal(false);
  });

  it('takes a changed priority into account', () => {
    const [first, second] = [groupOf('first', 500, [1]), groupOf('second', 500, [2])];
    const queue = queueOf(first, second);
    second.demand = placementDemand({ miner: 'second', spec: { priority: 700 } });
    queue.refresh(second);
    expect(drain(queue)).to.deep.equal(['second', 'first']);
  });

  it('gives a blocked group its turn once its demand takes another shape', () => {
    const group = groupOf('alpha', 500, [1]);
    const queue = queueOf(group, groupOf('beta', 500, [2]));
    queue.block(group);
    group.demand = placementDemand({ miner: 'alpha', cpu: 1 });
    queue.refresh(group);
    expect(drain(queue)).to.deep.equal(['alpha']);
  });

  it('lets nobody wait whose miner wants nothing', () => {
    const group = groupOf('alpha', 500, [1]);
    const queue = queueOf(group);
    group.wanted = false;
    queue.refresh(group);
    expect(queue.statusOf(group)).to.equal('idle');
    expect(queue.hasReady).to.equal(false);
  });

  it('keeps a group from its turn until its identity is free, and no other', () => {
    const [holder, waiter] = ['holder', 'waiter'].map((miner) =>
      groupOf(miner, 500, [1], { spec: { identity: 'key' } }),
    );
    if (holder === undefined || waiter === undefined) throw new Error('two groups were made');
    const queue = queueOf(holder, waiter);
    queue.awaitIdentity(waiter);
    expect(queue.statusOf(waiter)).to.equal('identity');
    queue.refresh(waiter);
    expect(drain(queue)).to.deep.equal(['holder']);
    queue.identityFreed('another');
    expect(queue.hasReady).to.equal(false);
    queue.identityFreed('key');
    expect(drain(queue)).to.deep.equal(['waiter']);
    expect(queue.hasWaiting).to.equal(false);
  });

  it('keeps its order through many groups that come, go and are blocked', () => {
    const groups = Array.from({ length: 300 }, (_, at) =>
      groupOf(`m${String(at)}`, (at * 7) % 10, [at + 1], { cpu: 1 + (at % 5) }),
    );
    const queue = queueOf(...groups);
    for (const group of groups.filter((_, at) => at % 3 === 0)) {
      group.pending.take(1);
      queue.refresh(group);
    }
    const rest = groups.filter((_, at) => at % 3 !== 0);
    const expected = [...rest].sort((a, b) => b.demand.priority - a.demand.priority || a.workloadId - b.workloadId);
    expect(drain(queue)).to.deep.equal(expected.map(({ miner }) => miner));
  });
});
