import { HealthChecks } from '../../agent/health/health-checks.js';
import { Reconciler } from '../../agent/reconcile/reconciler.js';
import { openAgentState } from '../../agent/state/agent-state.js';
import type { AgentState } from '../../agent/state/agent-state.js';
import type { Assignment } from '../../common/model/workload.js';
import { silentLogger } from '../../common/observe/logger.js';
import type { InstanceReport } from '../../common/wire/agent.js';
import { buildAssignment } from './build-assignment.js';
import { ManualClock } from './manual-clock.js';
import { MemoryRuntime } from './memory-runtime.js';
import { makeTempDir } from './temp-dir.js';
import { waitFor } from './wait-for.js';

/** An instance that lives by the host lease. */
export const EXCLUSIVE = buildAssignment({ serial: 1, workload: { identity: 'hotkey', onDisconnect: 'stop' } });
/** An instance with a health check of its image's own. */
export const CHECKED = buildAssignment({
  serial: 1,
  workload: {
    health: { probe: { kind: 'image' }, startPeriodMs: 0, intervalMs: 60_000, timeoutMs: 1_000, retries: 3 },
  },
});
/** A state that is written only when it is told to. */
export const STATE_OPTIONS = { newHostId: 'host-a', setTimer: () => () => undefined, onFailure: () => undefined };

/** An agent's inner half around an engine in memory. */
export class ReconcilerBench {
  readonly runtime = new MemoryRuntime();
  readonly clock = new ManualClock();
  readonly reports: InstanceReport[] = [];
  leaseHeld = true;
  leaseLeftMs = 30_000;
  /** Serials whose terms are over. */
  readonly over = new Set<number>();
  /** Serial whose container nobody can be told of. */
  defective = 0;
  reconciler: Reconciler;
  readonly #state: AgentState;
  readonly folder: string;

  constructor(state: AgentState, folder: string) {
    this.#state = state;
    this.folder = folder;
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
    this.reconciler.observeAll(await this.runtime.list());
    await this.settle();
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 40; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Waits until an instance runs again; its count goes to the disk before. */
  async restarted(serial: number): Promise<void> {
    await waitFor('the restart', () => {
      const last = this.reports.findLast((report) => report.serial === serial);
      return last?.state === 'running' && last.restarts === 1;
    });
  }

  stops(): number {
    return this.runtime.calls.filter((call) => call.startsWith('stop')).length;
  }

  last(serial: number): string {
    const report = this.reports.findLast((one) => one.serial === serial);
    return `${report?.state ?? 'none'} ${report?.reason ?? ''}`;
  }

  #create(): Reconciler {
    const { runtime, clock } = this;
    const health = new HealthChecks({ runtime, clock, onChange: (serial) => this.reconciler.touch(serial) });
    return new Reconciler({
      runtime,
      state: this.#state,
      health,
      lease: { isHeldFor: () => this.leaseHeld, leftMs: () => this.leaseLeftMs },
      terms: { isOver: (serial) => this.over.has(serial) },
      onReport: (report) => this.reports.push(report),
      onObserved: (serial) => {
        if (serial === this.defective) throw new Error('a defect');
      },
      clock,
      logger: silentLogger,
    });
  }
}

/** Lends a bench over an empty engine and a state of its own. */
export async function withBench(use: (bench: ReconcilerBench) => Promise<void>): Promise<void> {
  await using dir = await makeTempDir();
  const bench = new ReconcilerBench(await openAgentState(dir.path, STATE_OPTIONS), dir.path);
  await use(bench);
  await bench.reconciler.close();
}
