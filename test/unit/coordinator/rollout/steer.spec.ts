import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import type { MinerSpec } from '../../../../common/model/miner.js';
import {
  deleteMiner,
  pauseMiner,
  releaseMiner,
  restartMiner,
  resumeMiner,
  rollbackMiner,
} from '../../../../coordinator/rollout/index.js';
import type { Transaction } from '../../../../coordinator/fleet/port.js';
import { KINDS, RolloutWorld } from '../../../support/rollout-world.js';

/** A miner whose first revision is complete. */
function goodWorld(spec: Partial<MinerSpec> = {}): RolloutWorld {
  const world = new RolloutWorld(spec);
  bringUp(world);
  return world;
}

/** Everything comes to run, and has been for long. */
function bringUp(world: RolloutWorld): void {
  for (let round = 0; round < 20; round++) {
    world.pass();
    for (let at = 0; at < world.instances().length; at++) world.move(at, false);
    world.clock.advance(10_000);
  }
  world.pass();
}

function back(world: RolloutWorld, toRevision = 0): void {
  world.fleet.transact((tx) => rollbackMiner(tx, 'alpha', KINDS, { toRevision, cause: 'rollback' }));
}

function reasonOf(world: RolloutWorld, act: (tx: Transaction) => unknown): string {
  try {
    world.fleet.transact(act);
  } catch (error) {
    if (error instanceof HeadframeError) return error.reason;
    throw error;
  }
  return 'done';
}

describe('steering a rollout', () => {
  it('goes back to the newest good revision, and further back the next time', () => {
    const world = goodWorld();
    const first = world.miner.rollout.toRevision;
    for (const stopGraceMs of [1, 2]) {
      world.apply({ stopGraceMs });
      bringUp(world);
    }
    back(world);
    expect(world.miner.spec.stopGraceMs).to.equal(1);
    bringUp(world);
    back(world);
    expect(world.miner.rollout.toRevision).to.equal(first);
    bringUp(world);
    const { revisions } = world.fleet.historyOf('alpha');
    expect(revisions.map(({ outcome }) => outcome)).to.deep.equal(['complete', 'rolledBack', 'rolledBack']);
    expect(world.miner.rollout).to.include({ state: 'complete', cause: 'rollback' });
    expect(reasonOf(world, (tx) => rollbackMiner(tx, 'alpha', KINDS, { toRevision: 0, cause: 'rollback' }))).to.equal(
      'no_good_revision',
    );
  });

  it('keeps what instances do not see when it goes back', () => {
    const world = goodWorld();
    world.apply({ stopGraceMs: 1, priority: 700, replicas: 3 });
    bringUp(world);
    back(world);
    expect(world.miner.spec).to.include({ stopGraceMs: 10_000, priority: 700, replicas: 3 });
  });

  it('leaves instances alone that still run what it goes back to', () => {
    const world = goodWorld({ replicas: 4 });
    const before = world.miner.workloadId;
    world.apply({ stopGraceMs: 1 });
    world.pass();
    back(world);
    expect(world.miner.workloadId).to.equal(before);
    const kept = world.active().filter(({ workloadId }) => workloadId === before);
    expect(kept).to.have.length(3);
  });

  it('refuses a revision that is not kept or does not go with the replicas of now', () => {
    const world = goodWorld({ identity: 'key', onDisconnect: 'stop' });
    const first = world.miner.rollout.toRevision;
    world.apply({ identity: '', replicas: 3 });
    bringUp(world);
    const to = (toRevision: number): string =>
      reasonOf(world, (tx) => rollbackMiner(tx, 'alpha', KINDS, { toRevision, cause: 'rollback' }));
    expect([to(first), to(9999), to(world.miner.rollout.toRevision)]).to.deep.equal([
      'rollback_invalid',
      'revision_not_found',
      'done',
    ]);
  });

  it('stays failed when it cannot go back by itself', () => {
    const update = { ...new RolloutWorld({}).miner.spec.update, autoRollback: true, progressDeadlineMs: 60_000 };
    const world = goodWorld({ identity: 'key', onDisconnect: 'stop', update });
    world.apply({ identity: '', replicas: 2 });
    world.pass();
    world.clock.advance(60_000);
    world.pass();
    expect(world.miner.rollout).to.include({ state: 'failed', cause: 'apply' });
  });

  it('does nothing the second time', () => {
    const world = goodWorld();
    const { fleet } = world;
    for (const steer of [releaseMiner, resumeMiner, pauseMiner]) {
      fleet.transact((tx) => steer(tx, 'alpha'));
      const { revision } = fleet;
      fleet.transact((tx) => steer(tx, 'alpha'));
      expect(fleet.revision).to.equal(revision);
    }
  });

  it('refuses to restart what is paused, and to steer what is going or not there', () => {
    const world = goodWorld();
    world.fleet.transact((tx) => pauseMiner(tx, 'alpha'));
    expect(reasonOf(world, (tx) => restartMiner(tx, 'alpha'))).to.equal('miner_paused');
    world.fleet.transact((tx) => deleteMiner(tx, 'alpha'));
    for (const steer of [pauseMiner, resumeMiner, releaseMiner])
      expect([reasonOf(world, (tx) => steer(tx, 'alpha')), reasonOf(world, (tx) => steer(tx, 'nobody'))]).to.deep.equal(
        ['miner_deleting', 'miner_not_found'],
      );
  });

  it('forgets the history with the miner', () => {
    const world = goodWorld();
    world.fleet.transact((tx) => deleteMiner(tx, 'alpha'));
    for (let round = 0; round < 4; round++) {
      for (const [at] of world.instances().entries()) world.move(at, false);
      if (world.fleet.miner('alpha') !== undefined) world.pass();
    }
    expect(world.fleet.miner('alpha')).to.equal(undefined);
    expect(world.fleet.historyOf('alpha').revisions).to.deep.equal([]);
  });
});
