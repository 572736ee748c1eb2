import { expect } from 'chai';
import type { Agent } from '../../../agent/agent.js';
import { openAgent } from '../../../agent/open-agent.js';
import type { AgentOptions } from '../../../agent/options.js';
import { silentLogger } from '../../../common/observe/logger.js';
import { agentOptions } from '../../support/agent-options.js';
import { buildAssignment } from '../../support/build-assignment.js';
import { FakeCoordinator } from '../../support/fake-coordinator.js';
import type { FakeCoordinatorOptions } from '../../support/fake-coordinator.js';
import { MemoryRuntime } from '../../support/memory-runtime.js';
import { makeTempDir } from '../../support/temp-dir.js';
import { waitFor } from '../../support/wait-for.js';

const EXCLUSIVE = buildAssignment({
  serial: 1,
  workload: { identity: 'hotkey', onDisconnect: 'stop', stopGraceMs: 10_000 },
});

/** A whole agent around an engine in memory, against a fake coordinator. */
class Bench {
  readonly runtime: MemoryRuntime;
  readonly coordinator: FakeCoordinator;
  readonly folder: string;
  #agent: Agent | undefined;
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(runtime: MemoryRuntime, coordinator: FakeCoordinator, folder: string) {
    this.runtime = runtime;
    this.coordinator = coordinator;
    this.folder = folder;
  }

  get agent(): Agent {
    if (this.#agent === undefined) throw new Error('not started');
    return this.#agent;
  }

  async start(): Promise<void> {
    this.#stop = new AbortController();
    this.#agent = await openAgent(this.#options(), silentLogger);
    this.#running = this.#agent.run(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  #options(): AgentOptions {
    return { ...agentOptions(this.folder, this.runtime), coordinator: this.coordinator.address };
  }
}

async function withAgent(
  use: (bench: Bench) => Promise<void>,
  setUp: { readonly runtime?: MemoryRuntime; readonly coordinator?: FakeCoordinatorOptions } = {},
): Promise<void> {
  await using dir = await makeTempDir();
  const coordinator = await FakeCoordinator.open(setUp.coordinator);
  const bench = new Bench(setUp.runtime ?? new MemoryRuntime(), coordinator, dir.path);
  await bench.start();
  try {
    await use(bench);
  } finally {
    await bench.stop();
    await coordinator.close();
  }
}

describe('Agent', () => {
  it('runs what it is assigned and tells so', () =>
    withAgent(async ({ coordinator, runtime }) => {
      const session = await coordinator.session();
      await session.snapshot(5, [buildAssignment({ serial: 1 })]);
      await waitFor('the report', () => session.report(1)?.state === 'running');
      expect(runtime.calls).to.deep.equal(['prepare 1', 'create 1', 'start 1']);
    }));

  it('tells how the host is used as soon as a session is accepted', () =>
    withAgent(async ({ coordinator }) => {
      const session = await coordinator.session();
      await waitFor('figures', () => session.received.includes('usage'));
      session.end();
      const next = await coordinator.session(1);
      await waitFor('figures again', () => next.received.includes('usage'));
    }));

  it('connects without an engine, says what waits for it, and goes on when it is there', () => {
    const runtime = new MemoryRuntime();
    runtime.goAway();
    return withAgent(
      async ({ coordinator }) => {
        const first = await coordinator.session();
        expect(first.hello).to.include({ runtime: 'docker' });
        await first.snapshot(5, [buildAssignment({ serial: 1 })]);
        await waitFor('the reason', () => first.report(1)?.reason === 'engine_unavailable');
        runtime.comeBack();
        const second = await coordinator.session(1);
        expect(second.hello.description.engineVersion).to.equal('0');
        await second.snapshot(5, [buildAssignment({ serial: 1 })]);
        await waitFor('the start', () => second.report(1)?.state === 'running');
      },
      { runtime },
    );
  });

  it('leaves containers running when it is stopped, and restarts none when it starts again', () =>
    withAgent(async (bench) => {
      const session = await bench.coordinator.session();
      await session.snapshot(5, [buildAssignment({ serial: 1 })]);
      await waitFor('the start', () => session.report(1)?.state === 'running');
      await bench.stop();
      expect(await bench.runtime.inspect(1)).to.include({ status: 'running' });
      await bench.start();
      const next = await bench.coordinator.session(1);
      expect(next.hello).to.include({ epoch: 1, assignmentRevision: 5 });
      await waitFor('the report', () => next.report(1)?.state === 'running');
      expect(bench.runtime.calls).to.deep.equal(['prepare 1', 'create 1', 'start 1']);
    }));

  it('stops in the midst of a start', () =>
    withAgent(async ({ coordinator, runtime }) => {
      runtime.held.add('start 1');
      const session = await coordinator.session();
      await session.snapshot(5, [buildAssignment({ serial: 1 })]);
      await waitFor('the start', () => runtime.calls.includes('start 1'));
    }));

  it('stops at once when it is told so before it began', async () => {
    await using dir = await makeTempDir();
    const coordinator = await FakeCoordinator.open();
    const bench = new Bench(new MemoryRuntime(), coordinator, dir.path);
    await bench.start();
    await bench.stop();
    await coordinator.close();
  });

  it('has an exclusive instance ended, grace included, before its lease is over', function () {
    this.timeout(20_000);
    return withAgent(
      async ({ coordinator, runtime }) => {
        const session = await coordinator.session();
        await session.snapshot(5, [EXCLUSIVE]);
        await waitFor('the start', () => session.report(1)?.state === 'running');
        coordinator.options = { ...coordinator.options, answers: false };
        await waitFor('the end', () => runtime.calls.includes('stop 1'));
        expect(runtime.graces[0]).to.be.within(1, 1_000);
      },
      { coordinator: { heartbeatPeriodMs: 500, leaseMs: 3_000 } },
    );
  });
});
