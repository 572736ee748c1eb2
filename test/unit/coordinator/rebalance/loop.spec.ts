import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import { isEnded } from '../../../../common/model/instance.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { containerKind } from '../../../../coordinator/kinds/container/index.js';
import type { JobMove, RebalanceScope } from '../../../../coordinator/rebalance/index.js';
import { RebalanceLoop } from '../../../../coordinator/rebalance/index.js';
import { RolloutLoop, applyMiners } from '../../../../coordinator/rollout/index.js';
import { Scheduler } from '../../../../coordinator/scheduler/index.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../support/fleet-fixture.js';
import { placementSpec } from '../../../support/placement-samples.js';
import { putHost } from '../../../support/scheduler-fixture.js';
import { seededRandom } from '../../../support/seeded-random.js';

const KINDS = new Map([['container', containerKind]]);
const ALL: RebalanceScope = { maxMoves: 100, includeIdentities: false, miner: '', hostLabels: {} };
const FAST = { movesPerHour: 1000, atOnce: 2 };
const yieldTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Scheduler, rollout and rebalance over a fleet in memory whose agents do at once what they are told. */
class Scene {
  readonly fixture: FleetFixture;
  readonly rebalance: RebalanceLoop;
  readonly rollout: RolloutLoop;
  readonly scheduler: Scheduler;
  readonly #stop = new AbortController();
  readonly #ended: Promise<unknown>;
  /** Instances of a miner that worked, at the least, and moves under way, at the most. */
  readonly seen = { leastRunning: Infinity, mostMoving: 0 };

  constructor(fixture: FleetFixture) {
    this.fixture = fixture;
    const { fleet, clock } = fixture;
    this.scheduler = new Scheduler(fleet, { clock, random: seededRandom(1), yieldTurn });
    this.rollout = new RolloutLoop({
      ...{ fleet, clock, kinds: KINDS, logger: silentLogger, yieldTurn },
      moving: (serial) => this.rebalance.moving(serial),
    });
    this.rebalance = new RebalanceLoop({
      ...{ fleet, clock, scheduler: this.scheduler, yieldTurn, alarms: () => [] },
      lookAgain: (miner) => this.rollout.lookAgain(miner),
    });
    const loops = [this.rollout, this.scheduler, this.rebalance];
    this.#ended = Promise.all(loops.map((loop) => loop.start(this.#stop.signal)));
  }

  static async open(fixture?: FleetFixture): Promise<Scene> {
    return new Scene(fixture ?? (await openFleetFixture()));
  }

  /** Eight of a miner on h1, with h2 and h3 empty. */
  static async skewed(): Promise<Scene> {
    const scene = await Scene.open();
    const { fleet } = scene.fixture;
    putHost(fleet, 'h1', { cpu: 10_000 });
    scene.apply('alpha', 8);
    await scene.run(2);
    for (const id of ['h2', 'h3']) putHost(fleet, id, { cpu: 10_000 });
    await scene.run(1);
    return scene;
  }

  apply(miner: string, replicas: number, spec = {}): void {
    const shaped = { ...placementSpec({ miner, spec }), replicas };
    this.fixture.fleet.transact((tx) => applyMiners(tx, [{ ...shaped, ...spec }], KINDS));
  }

  get moves(): readonly JobMove[] {
    return this.rebalance.standing?.job.moves ?? [];
  }

  get state(): string | undefined {
    return this.rebalance.standing?.job.state;
  }

  /** Lets seconds pass: the loops settle, then the agents answer. */
  async run(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      await this.#settle();
      this.#answer();
      await this.#settle();
      this.#look();
      await this.fixture.clock.advanceAsync(1000);
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  async #settle(): Promise<void> {
    do await yieldTurn();
    while (!this.rollout.idle || !this.scheduler.settled);
  }

  #answer(): void {
    this.fixture.fleet.transact((tx) => {
      for (const { serial, state, reason } of [...tx.instances()]) {
        if (state === 'assigned') tx.updateInstance(serial, { state: 'running', reason: 'started', text: '' });
        if (state === 'stopping') tx.updateInstance(serial, { state: 'stopped', reason });
      }
    });
  }

  #look(): void {
    const running = this.fixture.fleet.countsOf('alpha').running;
    this.seen.leastRunning = Math.min(this.seen.leastRunning, running);
    const moving = this.moves.filter(({ outcome }) => outcome === 'moving').length;
    this.seen.mostMoving = Math.max(this.seen.mostMoving, moving);
  }
}

/** A miner's live instances by host. */
function livesOn(scene: Scene, miner: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { hostId = '', state } of scene.fixture.fleet.instancesOf(miner))
    if (!isEnded(state)) counts[hostId] = (counts[hostId] ?? 0) + 1;
  return counts;
}

async function refusal(work: Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  return error instanceof HeadframeError ? error.reason : undefined;
}

describe('a rebalance under way', () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.skewed();
  });
  afterEach(() => scene.close());

  it('moves what it planned to where it planned it, the replacement always first', async () => {
    expect(livesOn(scene, 'alpha')).to.deep.equal({ h1: 8 });
    scene.seen.leastRunning = Infinity;
    const plan = await scene.rebalance.apply(ALL, FAST);
    await scene.run(60);
    expect(scene.state).to.equal('finished');
    expect(scene.moves.map(({ outcome, landedOnId, toId }) => [outcome, landedOnId === toId])).to.deep.equal(
      plan.moves.map(() => ['moved', true]),
    );
    expect(Object.values(livesOn(scene, 'alpha')).sort()).to.deep.equal([2, 3, 3]);
    expect(scene.seen.leastRunning).to.equal(8);
    expect(scene.seen.mostMoving).to.be.within(1, 2);
    const stopped = [...scene.fixture.fleet.instancesOf('alpha')].filter(({ state }) => state === 'stopped');
    expect(new Set(stopped.map(({ reason }) => reason))).to.deep.equal(new Set(['rebalanced']));
  });

  it('plans without changing anything', async () => {
    const { revision } = scene.fixture.fleet;
    expect((await scene.rebalance.plan(ALL)).moves).to.not.deep.equal([]);
    await scene.run(3);
    expect([scene.fixture.fleet.revision, scene.rebalance.standing]).to.deep.equal([revision, undefined]);
  });

  it('keeps to its budget by the hour', async () => {
    await scene.rebalance.apply(ALL, { movesPerHour: 2, atOnce: 2 });
    await scene.run(60);
    expect(scene.moves.filter(({ outcome }) => outcome === 'moved')).to.have.length(2);
    expect(scene.rebalance.standing?.waitingFor).to.not.equal('');
    await scene.fixture.clock.advanceAsync(3_600_000);
    await scene.run(60);
    expect(scene.moves.filter(({ outcome }) => outcome === 'moved')).to.have.length(4);
  });

  it('begins nothing more once cancelled, and another only when it is over', async () => {
    await scene.rebalance.apply(ALL, { movesPerHour: 1, atOnce: 1 });
    expect(await refusal(scene.rebalance.apply(ALL, FAST))).to.equal('rebalance_running');
    await scene.run(2);
    await scene.rebalance.cancel();
    await scene.run(30);
    expect(scene.state).to.equal('cancelled');
    expect(scene.moves.filter(({ outcome }) => outcome === 'moved')).to.have.length(1);
    expect(await refusal(scene.rebalance.cancel())).to.equal('rebalance_idle');
    expect(await refusal(scene.rebalance.apply(ALL, FAST))).to.equal(undefined);
  });

  it('waits while a host is not settled, and says which', async () => {
    const host = scene.fixture.fleet.host('h3');
    if (host === undefined) throw new Error('h3 is there');
    scene.fixture.fleet.transact((tx) => tx.putHost({ ...host, state: 'suspect' }));
    await scene.rebalance.apply(ALL, FAST);
    await scene.run(10);
    expect(scene.moves.every(({ outcome }) => outcome === 'planned')).to.equal(true);
    expect(scene.rebalance.standing?.waitingFor).to.contain('h3');
    scene.fixture.fleet.transact((tx) => tx.putHost(host));
    await scene.run(60);
    expect(scene.state).to.equal('finished');
  });

  it('skips what the world has overtaken, with its why, and tells of it', async () => {
    await scene.rebalance.apply(ALL, { movesPerHour: 2, atOnce: 1 });
    scene.apply('alpha', 1);
    await scene.run(120);
    expect(scene.state).to.equal('finished');
    const skipped = scene.moves.filter(({ outcome }) => outcome === 'skipped');
    expect(skipped).to.not.deep.equal([]);
    for (const { text } of skipped) expect(text).to.not.equal('');
    const events = scene.fixture.store.commits.flatMap((commit) => commit.events.map(({ reason }) => reason));
    expect(events).to.include.members(['rebalance_started', 'rebalance_skipped', 'rebalance_finished']);
  });

  it('goes on after a restart where it was', async () => {
    await scene.rebalance.apply(ALL, { movesPerHour: 1000, atOnce: 1 });
    await scene.run(3);
    expect(scene.state).to.equal('running');
    await scene.close();
    const { store } = scene.fixture;
    scene = await Scene.open(await openFleetFixture(store.reopen()));
    expect(scene.state).to.equal('running');
    await scene.run(60);
    expect(scene.state).to.equal('finished');
    expect(Object.values(livesOn(scene, 'alpha')).sort()).to.deep.equal([2, 3, 3]);
  });

  it('takes an identity down before its replacement is made, and only with consent', async () => {
    const { fleet } = scene.fixture;
    const host = fleet.host('h1');
    if (host === undefined) throw new Error('h1 is there');
    scene.apply('alpha', 0);
    for (const id of ['h2', 'h3']) putHost(fleet, id, { cpu: 10_000, patch: { cordoned: true } });
    for (const key of ['one', 'two']) scene.apply(key, 1, { identity: key, onDisconnect: 'stop' });
    await scene.run(5);
    for (const id of ['h2', 'h3']) putHost(fleet, id, { cpu: 10_000 });
    expect((await scene.rebalance.apply(ALL, FAST)).moves).to.deep.equal([]);
    const plan = await scene.rebalance.apply({ ...ALL, includeIdentities: true }, FAST);
    expect(plan.moves.map(({ hasIdentity }) => hasIdentity)).to.deep.equal([true]);
    await scene.run(60);
    expect(scene.moves.map(({ outcome, landedOnId }) => [outcome, landedOnId])).to.deep.equal([
      ['moved', plan.moves[0]?.toId],
    ]);
    expect(Object.keys({ ...livesOn(scene, 'one'), ...livesOn(scene, 'two') })).to.have.length(2);
  });
});
