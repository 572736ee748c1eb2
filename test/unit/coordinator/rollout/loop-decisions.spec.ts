import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import type { InstanceState } from '../../../../common/model/instance.js';
import type { MinerRecord, MinerSpec } from '../../../../common/model/miner.js';
import {
  RolloutLoop,
  applyMiners,
  pauseMiner,
  releaseMiner,
  resumeMiner,
  rollbackMiner,
} from '../../../../coordinator/rollout/index.js';
import type { FleetFixture } from '../../../support/fleet-fixture.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import { sampleHost, sampleSpec, sampleUpdate } from '../../../support/fleet-samples.js';
import { KINDS } from '../../../support/rollout-world.js';

const MINUTE = 60_000;

/** A fleet with a running loop that can crash and come back. */
class Scene {
  fixture: FleetFixture;
  loop: RolloutLoop;
  #stop = new AbortController();
  #ended: Promise<void>;
  readonly events: string[] = [];
  /** A field that the policy does not grant. */
  refused: string | undefined;
  #spec: Partial<MinerSpec>;

  constructor(fixture: FleetFixture, spec: Partial<MinerSpec>) {
    this.#spec = spec;
    this.fixture = fixture;
    this.loop = this.#begin();
    this.#ended = this.loop.start(this.#stop.signal);
  }

  static async open(spec: Partial<MinerSpec>): Promise<Scene> {
    const fixture = await openFleetFixture();
    fixture.fleet.transact((tx) => tx.putHost(sampleHost('h1')));
    const scene = new Scene(fixture, spec);
    await scene.apply({});
    return scene;
  }

  get miner(): MinerRecord {
    const miner = this.fixture.fleet.miner('alpha');
    if (miner === undefined) throw new Error('the miner is gone');
    return miner;
  }

  async apply(patch: Partial<MinerSpec>): Promise<void> {
    this.#spec = { ...this.#spec, ...patch };
    this.fixture.fleet.transact((tx) => applyMiners(tx, [sampleSpec(this.#spec)], KINDS));
    await this.settle();
  }

  /** Brings an instance to a state, on `h1`. */
  async to(serial: number, state: InstanceState, reason = 'started'): Promise<void> {
    const { fleet, clock } = this.fixture;
    const startedAtMs = state === 'running' ? clock.nowMs() : (fleet.instance(serial)?.startedAtMs ?? 0);
    fleet.transact((tx) => tx.updateInstance(serial, { state, hostId: 'h1', reason, startedAtMs }));
    await this.settle();
  }

  async advance(ms: number): Promise<void> {
    this.fixture.clock.advance(ms);
    await this.settle();
  }

  /** The coordinator is killed and started again on the same disk. */
  async crash(): Promise<void> {
    await this.close();
    const { clock, store } = this.fixture;
    const fixture = await openFleetFixture(store.reopen());
    fixture.clock.advance(clock.nowMs() - fixture.clock.nowMs());
    this.fixture = fixture;
    this.#stop = new AbortController();
    this.loop = this.#begin();
    this.#ended = this.loop.start(this.#stop.signal);
    await this.settle();
  }

  /** Instances that live: serial, state and workload. */
  live(): string[] {
    const all = [...this.fixture.fleet.instancesOf('alpha')];
    return all
      .filter(({ state }) => !['stopped', 'failed', 'lost'].includes(state))
      .map(({ serial, state, workloadId }) => `${String(serial)} ${state} w${String(workloadId)}`);
  }

  outcomes(): string[] {
    return this.fixture.fleet.historyOf('alpha').revisions.map(({ outcome }) => outcome);
  }

  async settle(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve));
    while (!this.loop.idle);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  #begin(): RolloutLoop {
    this.fixture.fleet.onApplied(({ events }) => this.events.push(...events.map(({ reason }) => reason)));
    const yieldTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const judge = (): void => {
      if (this.refused === undefined) return;
      const violations = [{ path: this.refused, expected: 'less' }];
      throw new HeadframeError({ code: 'permission_denied', reason: 'policy_denied', message: 'no', violations });
    };
    return new RolloutLoop({ ...this.fixture, logger: silentLogger, kinds: KINDS, judge, yieldTurn });
  }
}

describe('the rollout loop, deciding', () => {
  let scene: Scene;
  afterEach(() => scene.close());

  it('completes the first rollout once all have been up for long enough, by their number alone', async () => {
    scene = await Scene.open({ replicas: 2, update: sampleUpdate({ minHealthyMs: 5000 }) });
    await scene.to(1, 'running');
    await scene.to(2, 'running');
    expect(scene.loop.progressOf('alpha')).to.deep.equal({ updated: 2, available: 2 });
    await scene.advance(4999);
    expect(scene.miner.rollout.state).to.equal('progressing');
    await scene.advance(1);
    expect(scene.miner.rollout).to.include({ state: 'complete', reason: 'rollout_complete' });
    expect(scene.outcomes()).to.deep.equal(['complete']);
    expect(scene.events).to.include('rollout_complete');
  });

  it('does not take for up what went down in between', async () => {
    scene = await Scene.open({ update: sampleUpdate({ minHealthyMs: 5000 }) });
    await scene.to(1, 'running');
    await scene.advance(3000);
    scene.fixture.fleet.transact((tx) => tx.updateInstance(1, { health: 'unhealthy' }));
    await scene.advance(1000);
    scene.fixture.fleet.transact((tx) => tx.updateInstance(1, { health: 'healthy' }));
    await scene.advance(4999);
    expect(scene.miner.rollout.state).to.equal('progressing');
    await scene.advance(1);
    expect(scene.miner.rollout.state).to.equal('complete');
  });

  /** A good first revision and a second that never comes up. */
  const openFailing = async (autoRollback: boolean): Promise<void> => {
    const update = sampleUpdate({ autoRollback, progressDeadlineMs: MINUTE });
    scene = await Scene.open({ replicas: 2, update });
    await scene.to(1, 'running');
    await scene.to(2, 'running');
    await scene.apply({ stopGraceMs: 1 });
    expect(scene.live()).to.deep.equal(['1 stopping w1', '2 running w1', '3 pending w2']);
    await scene.to(1, 'stopped', 'spec_changed');
    await scene.to(3, 'starting', 'image_not_found');
  };

  it('goes back by itself to the last good revision, where instances that still run it go on', async () => {
    await openFailing(true);
    const [good] = scene.fixture.fleet.historyOf('alpha').revisions;
    await scene.advance(MINUTE);
    expect(scene.miner.rollout).to.include({ cause: 'autoRollback', state: 'progressing', toRevision: good?.revision });
    expect(scene.miner.spec.stopGraceMs).to.equal(good?.spec.stopGraceMs);
    expect(scene.live()).to.deep.equal(['2 running w1', '3 stopping w2', '4 pending w1']);
    await scene.to(3, 'stopped', 'spec_changed');
    await scene.to(4, 'running');
    expect(scene.miner.rollout.state).to.equal('rolledBack');
    expect(scene.outcomes()).to.deep.equal(['complete', 'rolledBack']);
    expect(scene.events).to.include.members(['rollout_failed', 'miner_rolled_back']);
  });

  it('does not go back to what the policy grants no more: the rollout stays failed, and it is told why', async () => {
    await openFailing(true);
    const texts: string[] = [];
    scene.fixture.fleet.onApplied(({ events }) => texts.push(...events.map(({ text }) => text)));
    scene.refused = 'container.network';
    await scene.advance(MINUTE);
    expect(scene.miner.rollout).to.include({ cause: 'apply', state: 'failed', reason: 'rollout_failed' });
    expect(scene.outcomes()).to.deep.equal(['complete', 'failed']);
    expect(scene.live()).to.deep.equal(['2 running w1', '3 starting w2']);
    expect(scene.events).to.not.include('miner_rolled_back');
    expect(texts.some((text) => text.includes('container.network'))).to.equal(true);
  });

  it('keeps a failed rollout as it is over a crash, goes on when asked, and completes late', async () => {
    await openFailing(false);
    await scene.advance(MINUTE);
    await scene.crash();
    expect(scene.miner.rollout.state).to.equal('failed');
    expect(scene.live()).to.deep.equal(['2 running w1', '3 starting w2']);
    expect(scene.loop.whyOf('alpha')?.reason).to.equal('rollout_failed');
    await scene.to(3, 'running');
    expect(scene.live()).to.deep.equal(['2 running w1', '3 running w2']);
    scene.fixture.fleet.transact((tx) => resumeMiner(tx, 'alpha'));
    await scene.settle();
    expect(scene.live()).to.deep.equal(['2 stopping w1', '3 running w2', '4 pending w2']);
    await scene.to(2, 'stopped', 'spec_changed');
    await scene.to(4, 'running');
    expect(scene.outcomes()).to.deep.equal(['complete', 'complete']);
  });

  it('counts a deadline on over a crash, with a second look', async () => {
    await openFailing(false);
    await scene.advance(MINUTE - 1000);
    await scene.crash();
    await scene.advance(29_000);
    expect(scene.miner.rollout.state).to.equal('progressing');
    await scene.advance(1000);
    expect(scene.miner.rollout.state).to.equal('failed');
  });

  it('is paused and resumed, also over a crash, and goes back when asked', async () => {
    scene = await Scene.open({ replicas: 2 });
    await scene.to(1, 'running');
    await scene.to(2, 'running');
    await scene.apply({ stopGraceMs: 1 });
    await scene.to(1, 'stopped', 'spec_changed');
    scene.fixture.fleet.transact((tx) => pauseMiner(tx, 'alpha'));
    await scene.to(3, 'running');
    await scene.crash();
    expect(scene.live()).to.deep.equal(['2 running w1', '3 running w2']);
    expect(scene.loop.progressOf('alpha')).to.deep.equal({ updated: 1, available: 1 });
    await scene.to(2, 'failed', 'exited_error');
    await scene.advance(MINUTE);
    expect(scene.live()).to.deep.equal(['3 running w2', '4 pending w1']);
    scene.fixture.fleet.transact((tx) => rollbackMiner(tx, 'alpha', KINDS, { toRevision: 0, cause: 'rollback' }));
    await scene.settle();
    expect(scene.miner.rollout).to.include({ paused: false, cause: 'rollback' });
    expect(scene.live()).to.include('4 pending w1');
  });

  it('tells of a series of failures once, gives up after the last that is allowed, and begins anew when released', async () => {
    scene = await Scene.open({ retry: { maxFailures: 3, windowMs: 60 * MINUTE } });
    for (let serial = 1; serial <= 3; serial++) {
      expect(scene.live()).to.deep.equal([`${String(serial)} pending w1`]);
      await scene.to(serial, 'failed', 'exited_error');
      await scene.crash();
      await scene.advance(7 * MINUTE);
    }
    expect(scene.live()).to.deep.equal([]);
    expect(scene.miner.quarantine).to.include({ reason: 'exited_error', failures: 3, instance: 'alpha-3' });
    expect(scene.loop.whyOf('alpha')?.reason).to.equal('quarantined');
    expect(scene.events.filter((reason) => reason === 'retry_backoff')).to.have.length(1);
    expect(scene.events.filter((reason) => reason === 'quarantined')).to.have.length(1);
    scene.fixture.fleet.transact((tx) => releaseMiner(tx, 'alpha'));
    await scene.settle();
    expect(scene.live()).to.deep.equal(['4 pending w1']);
    expect(scene.miner.quarantine).to.equal(undefined);
    await scene.to(4, 'failed', 'exited_error');
    expect(scene.miner.quarantine).to.equal(undefined);
  });

  it('forgives when something else is applied', async () => {
    scene = await Scene.open({ retry: { maxFailures: 1, windowMs: MINUTE } });
    await scene.to(1, 'failed', 'exited_error');
    expect(scene.miner.quarantine).to.not.equal(undefined);
    await scene.apply({ priority: 600 });
    expect(scene.live()).to.deep.equal(['2 pending w1']);
    await scene.to(2, 'failed', 'exited_error');
    await scene.apply({ stopGraceMs: 2 });
    expect(scene.live()).to.deep.equal(['3 pending w2']);
  });
});
