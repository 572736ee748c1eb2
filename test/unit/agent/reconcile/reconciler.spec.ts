import { expect } from 'chai';
import { HealthChecks } from '../../../../agent/health/health-checks.js';
import { Reconciler } from '../../../../agent/reconcile/reconciler.js';
import { openAgentState } from '../../../../agent/state/agent-state.js';
import type { AgentState } from '../../../../agent/state/agent-state.js';
import type { Assignment } from '../../../../common/model/workload.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import type { InstanceReport } from '../../../../common/wire/agent.js';
import { buildAssignment } from '../../../support/build-assignment.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { MemoryRuntime } from '../../../support/memory-runtime.js';
import { makeTempDir } from '../../../support/temp-dir.js';

/** An agent's inner half around an engine in memory. */
class Bench {
  readonly runtime = new MemoryRuntime();
  readonly clock = new ManualClock();
  readonly reports: InstanceReport[] = [];
  leaseHeld = true;
  reconciler: Reconciler;
  readonly #state: AgentState;

  constructor(state: AgentState) {
    this.#state = state;
    this.reconciler = this.#create();
  }

  /** The agent process ends and another begins with the same state and engine. */
  async restart(): Promise<void> {
    await this.reconciler.close();
    this.reconciler = this.#create();
    await this.look();
  }

  async assign(...assignments: Assignment[]): Promise<void> {
    const held = { epoch: 1, revision: this.#state.held.revision + 1, assignments, retained: [] };
    await this.#state.saveHeld(held);
    this.reconciler.assign(held);
    await this.settle();
  }

  /** The engine is listed anew. */
  async look(): Promise<void> {
    const unlisted = this.reconciler.observeAll(await this.runtime.list());
    for (const serial of unlisted) await this.reconciler.observe(serial, new AbortController().signal);
    await this.settle();
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 40; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  last(serial: number): string {
    const report = this.reports.findLast((one) => one.serial === serial);
    return `${report?.state ?? 'none'} ${report?.reason ?? ''}`;
  }

  #create(): Reconciler {
    const { runtime, clock } = this;
    const health = new HealthChecks({ runtime, clock, onChange: () => undefined });
    return new Reconciler({
      runtime,
      state: this.#state,
      health,
      leaseHeldFor: () => this.leaseHeld,
      onReport: (report) => this.reports.push(report),
      onObserved: () => undefined,
      clock,
      logger: silentLogger,
    });
  }
}

async function withBench(use: (bench: Bench) => Promise<void>): Promise<void> {
  await using dir = await makeTempDir();
  const options = { newHostId: 'host-a', setTimer: () => () => undefined, onFailure: () => undefined };
  const bench = new Bench(await openAgentState(dir.path, options));
  await use(bench);
  await bench.reconciler.close();
}

describe('Reconciler', () => {
  it('decides nothing before the engine has been listed', () =>
    withBench(async (bench) => {
      await bench.assign(buildAssignment({ serial: 1 }));
      expect(bench.runtime.calls).to.deep.equal([]);
      await bench.look();
      expect(bench.runtime.calls).to.deep.equal(['prepare 1', 'create 1', 'start 1']);
      expect(bench.last(1)).to.equal('running started');
    }));

  it('begins with the higher priority', () =>
    withBench(async (bench) => {
      await bench.look();
      await bench.assign(
        buildAssignment({ serial: 1, workload: { priority: 100 } }),
        buildAssignment({ serial: 2, workload: { priority: 900 } }),
      );
      expect(bench.runtime.calls[0]).to.equal('prepare 2');
    }));

  it('leaves running containers alone when the agent is restarted', () =>
    withBench(async (bench) => {
      await bench.look();
      await bench.assign(buildAssignment({ serial: 1 }));
      bench.runtime.calls.length = 0;
      await bench.restart();
      expect(bench.runtime.calls).to.deep.equal([]);
      expect(bench.reconciler.reports()[0]).to.include({ state: 'running', restarts: 0 });
    }));

  it('creates and starts one container only when it was killed between the two', () =>
    withBench(async (bench) => {
      await bench.runtime.create(buildAssignment({ serial: 1 }));
      bench.runtime.calls.length = 0;
      await bench.look();
      await bench.assign(buildAssignment({ serial: 1 }));
      expect(bench.runtime.calls.filter((call) => call.startsWith('start'))).to.deep.equal(['start 1']);
      expect(await bench.runtime.list()).to.have.lengthOf(1);
    }));

  it('starts an ended container again after its backoff, and not before', () =>
    withBench(async (bench) => {
      await bench.look();
      await bench.assign(buildAssignment({ serial: 1 }));
      bench.runtime.end(1, 3, bench.clock.nowMs());
      await bench.look();
      expect(bench.last(1)).to.equal('starting exited_error');
      bench.clock.advance(999);
      await bench.settle();
      expect(bench.runtime.calls.filter((call) => call === 'start 1')).to.have.lengthOf(1);
      bench.clock.advance(1);
      await bench.settle();
      expect(bench.reports.at(-1)).to.include({ state: 'running', restarts: 1 });
    }));

  it('replaces a container that somebody removed', () =>
    withBench(async (bench) => {
      await bench.look();
      await bench.assign(buildAssignment({ serial: 1 }));
      bench.runtime.vanish(1);
      await bench.look();
      expect(bench.last(1)).to.equal('starting container_gone');
      bench.clock.advance(1_000);
      await bench.settle();
      expect(bench.reports.at(-1)).to.include({ state: 'running', restarts: 1 });
    }));

  it('breaks off a pull of what is wanted no more', () =>
    withBench(async (bench) => {
      bench.runtime.holdPrepare = true;
      await bench.look();
      await bench.assign(buildAssignment({ serial: 1 }));
      expect(bench.last(1)).to.equal('preparing image_pulling');
      await bench.assign(buildAssignment({ serial: 1, stop: { reason: 'miner_delete', text: '' } }));
      expect(bench.last(1)).to.equal('stopped miner_delete');
      expect(bench.runtime.calls).to.deep.equal(['prepare 1']);
    }));

  it('recovers by itself once the cause of a failing pull is gone', () =>
    withBench(async (bench) => {
      bench.runtime.failures.push({ verb: 'prepare', reason: 'image_not_found' });
      await bench.look();
      await bench.assign(buildAssignment({ serial: 1 }));
      expect(bench.last(1)).to.equal('preparing image_not_found');
      bench.clock.advance(1_000);
      await bench.settle();
      expect(bench.last(1)).to.equal('running started');
    }));

  it('stops, keeps for its logs, and removes when told to forget', () =>
    withBench(async (bench) => {
      await bench.look();
      await bench.assign(buildAssignment({ serial: 1 }));
      await bench.assign(buildAssignment({ serial: 1, stop: { reason: 'scaled_down', text: '' } }));
      expect(bench.last(1)).to.equal('stopped scaled_down');
      expect(bench.runtime.calls).to.not.include('remove 1');
      await bench.assign();
      expect(bench.runtime.calls.at(-1)).to.equal('remove 1');
      expect(await bench.runtime.list()).to.have.lengthOf(0);
    }));

  it('stops an exclusive instance when the lease ends and does not start it again when it returns', () =>
    withBench(async (bench) => {
      await bench.look();
      await bench.assign(buildAssignment({ serial: 1, workload: { identity: 'hotkey', onDisconnect: 'stop' } }));
      bench.leaseHeld = false;
      bench.reconciler.touchExclusive();
      await bench.settle();
      expect(bench.last(1)).to.equal('stopped lease_expired');
      bench.leaseHeld = true;
      bench.reconciler.touchExclusive();
      await bench.settle();
      expect(bench.last(1)).to.equal('stopped lease_expired');
      expect(bench.runtime.calls.filter((call) => call === 'start 1')).to.have.lengthOf(1);
    }));
});
