import { expect } from 'chai';
import { silentLogger } from '../../../../common/observe/logger.js';
import { containerKind } from '../../../../coordinator/kinds/container/index.js';
import { RolloutLoop, applyMiners, deleteMiner, restartMiner } from '../../../../coordinator/rollout/index.js';
import { retryDelayMs } from '../../../../coordinator/rollout/policy.js';
import type { InstanceState } from '../../../../common/model/instance.js';
import type { MinerSpec } from '../../../../common/model/miner.js';
import { minersIn } from '../../../../coordinator/instances/instance-rows.js';
import type { FleetFixture } from '../../../support/fleet-fixture.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import { sampleHost, sampleSpec } from '../../../support/fleet-samples.js';

const KINDS = new Map([['container', containerKind]]);

/** A fleet with a running loop; `settle` waits until the loop has nothing left to do. */
class Scene {
  readonly fixture: FleetFixture;
  readonly loop: RolloutLoop;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor(fixture: FleetFixture) {
    this.fixture = fixture;
    this.loop = new RolloutLoop({
      ...fixture,
      logger: silentLogger,
      kinds: KINDS,
      yieldTurn: () => new Promise((resolve) => setImmediate(resolve)),
    });
    this.#ended = this.loop.start(this.#stop.signal);
  }

  static async open(): Promise<Scene> {
    const fixture = await openFleetFixture();
    for (const id of ['h1', 'h2']) fixture.fleet.transact((tx) => tx.putHost(sampleHost(id)));
    return new Scene(fixture);
  }

  apply(patch: Partial<MinerSpec> = {}): Promise<void> {
    this.fixture.fleet.transact((tx) => applyMiners(tx, [sampleSpec(patch)], KINDS));
    return this.settle();
  }

  /** Brings an instance to a state, on `h1` if it has no host yet. */
  to(serial: number, state: InstanceState, reason: string): Promise<void> {
    const { fleet } = this.fixture;
    const hostId = fleet.instance(serial)?.hostId ?? 'h1';
    fleet.transact((tx) => tx.updateInstance(serial, { state, hostId, reason }));
    return this.settle();
  }

  states(miner = 'alpha'): Record<number, string> {
    const all = [...this.fixture.fleet.instancesOf(miner)];
    return Object.fromEntries(all.map(({ serial, state }) => [serial, state]));
  }

  async settle(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve));
    while (!this.loop.idle);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
    expect(this.fixture.clock.pendingTimers).to.equal(0);
  }
}

describe('the rollout loop', () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.open();
  });
  afterEach(() => scene.close());

  it('creates what is applied, in transactions of bounded size', async () => {
    const sizes: number[] = [];
    scene.fixture.fleet.onApplied(({ changes }) => sizes.push(changes.length));
    await scene.apply({ replicas: 5000 });
    expect(scene.fixture.fleet.countsOf('alpha').pending).to.equal(5000);
    expect(Math.max(...sizes)).to.be.at.most(2000);
  });

  it('creates for the higher priority first, however they are applied together', async () => {
    const { fleet } = scene.fixture;
    const created: string[] = [];
    fleet.onApplied(({ changes }) => {
      for (const change of changes) created.push(...minersIn(change));
    });
    const priorities = { lowest: 300, highest: 900, middle: 500 };
    const specs = Object.entries(priorities).map(([name, priority]) => sampleSpec({ name, priority }));
    fleet.transact((tx) => applyMiners(tx, specs, KINDS));
    await scene.settle();
    expect(created).to.deep.equal(['highest', 'middle', 'lowest']);
  });

  it('takes up at its start what is there already', async () => {
    const fixture = await openFleetFixture();
    fixture.fleet.transact((tx) => {
      applyMiners(tx, [sampleSpec({ replicas: 2 })], KINDS);
      tx.createInstances('alpha', 1, 1, { reason: 'queued', text: '' });
      tx.updateInstance(1, { state: 'running', hostId: 'gone' });
    });
    const late = new Scene(fixture);
    await late.settle();
    expect(late.states()).to.deep.equal({ 1: 'lost', 2: 'pending', 3: 'pending' });
    await late.close();
  });

  it('replaces what failed exactly when its backoff is over, and says why meanwhile', async () => {
    await scene.apply();
    await scene.to(1, 'failed', 'image_not_found');
    expect(scene.loop.whyOf('alpha')?.reason).to.equal('retry_backoff');
    scene.fixture.clock.advance(retryDelayMs(500, 0, 1) - 1);
    await scene.settle();
    expect(scene.states()).to.deep.equal({ 1: 'failed' });
    scene.fixture.clock.advance(1);
    await scene.settle();
    expect(scene.states()).to.deep.equal({ 1: 'failed', 2: 'pending' });
    expect(scene.loop.whyOf('alpha')).to.equal(undefined);
  });

  it('forgets ended instances after a day', async () => {
    await scene.apply();
    await scene.to(1, 'lost', 'host_lost');
    scene.fixture.clock.advance(24 * 3_600_000 - 1);
    await scene.settle();
    expect(scene.states()).to.deep.equal({ 1: 'lost', 2: 'pending' });
    scene.fixture.clock.advance(1);
    await scene.settle();
    expect(scene.states()).to.deep.equal({ 2: 'pending' });
  });

  it('goes on with a replacement as its instances come further', async () => {
    await scene.apply({ replicas: 2 });
    await scene.to(1, 'running', 'started');
    await scene.to(2, 'running', 'started');
    scene.fixture.fleet.transact((tx) => restartMiner(tx, 'alpha'));
    await scene.settle();
    expect(scene.states()).to.deep.equal({ 1: 'stopping', 2: 'running', 3: 'pending' });
    expect(scene.fixture.fleet.instance(1)?.reason).to.equal('restart_requested');
    await scene.to(3, 'running', 'started');
    expect(scene.states()).to.deep.equal({ 1: 'stopping', 2: 'stopping', 3: 'running', 4: 'pending' });
  });

  it('moves instances off a host that is drained, and loses those of one that is lost', async () => {
    const { fleet } = scene.fixture;
    await scene.apply();
    await scene.to(1, 'running', 'started');
    fleet.transact((tx) => tx.putHost(sampleHost('h1', { draining: true })));
    await scene.settle();
    expect(scene.states()).to.deep.equal({ 1: 'running', 2: 'pending' });
    fleet.transact((tx) => tx.updateInstance(2, { state: 'running', hostId: 'h2' }));
    await scene.settle();
    expect(scene.states()).to.deep.equal({ 1: 'stopping', 2: 'running' });
    fleet.transact((tx) => tx.putHost(sampleHost('h2', { state: 'lost' })));
    fleet.transact((tx) => tx.removeHost('h1'));
    await scene.settle();
    expect(scene.states()).to.deep.equal({ 1: 'lost', 2: 'lost', 3: 'pending' });
    expect([1, 2].map((serial) => fleet.instance(serial)?.reason)).to.deep.equal(['host_removed', 'host_lost']);
  });

  it('removes a deleted miner with its instances and workloads once all have ended', async () => {
    const { fleet } = scene.fixture;
    await scene.apply({ replicas: 2 });
    await scene.to(1, 'running', 'started');
    await scene.apply({ replicas: 2, stopGraceMs: 1 });
    const events: string[] = [];
    fleet.onApplied((commit) => events.push(...commit.events.map(({ reason }) => reason)));
    fleet.transact((tx) => deleteMiner(tx, 'alpha'));
    await scene.settle();
    expect(Object.values(scene.states())).to.deep.equal(['stopping']);
    await scene.to(1, 'stopped', 'miner_delete');
    expect([fleet.miner('alpha'), fleet.workload(1), fleet.workload(2)]).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
    expect(scene.states()).to.deep.equal({});
    expect(events).to.deep.equal(['miner_deleting', 'miner_delete', 'miner_deleted']);
  });

  it('drops a workload with the last instance that ran it', async () => {
    const { fleet } = scene.fixture;
    await scene.apply();
    await scene.apply({ stopGraceMs: 1 });
    expect([fleet.workload(1), fleet.workload(2)?.stopGraceMs]).to.deep.equal([undefined, 1]);
    expect(scene.states()).to.deep.equal({ 2: 'pending' });
  });

  it('stays quiet once the store has failed', async () => {
    scene.fixture.store.fail();
    scene.fixture.fleet.transact((tx) => applyMiners(tx, [sampleSpec()], KINDS));
    await scene.fixture.fleet.failed;
    await scene.settle();
    expect(scene.loop.idle).to.equal(true);
  });
});
