import { expect } from 'chai';
import { HealthBoard } from '../../../../agent/host/health-board.js';
import { SelfCheck } from '../../../../agent/selfcheck/index.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { MemoryRuntime } from '../../../support/memory-runtime.js';

const SETTINGS = {
  intervalMs: 1_000,
  answerMs: 500,
  engineSilenceMs: 3_000,
  stuckAfterMs: 4_000,
  settleMs: 6_000,
  instanceRestartsPerHour: 3,
  runtimeRestartsPerHour: 1,
};

/** A self-check over a runtime in memory, on a clock of its own. */
class Bench {
  readonly clock = new ManualClock();
  readonly runtime = new MemoryRuntime();
  readonly restarted: string[] = [];
  readonly board = new HealthBoard(
    () => 1,
    () => undefined,
  );
  readonly #check: SelfCheck;
  readonly #signal = new AbortController().signal;

  constructor(running: readonly number[] = []) {
    this.#check = new SelfCheck(
      {
        runtime: this.runtime,
        running: () => running,
        restartInstance: (serial) => this.restarted.push(`instance ${String(serial)}`),
        restartRuntime: async () => {
          this.restarted.push('runtime');
          await Promise.resolve(undefined);
        },
        teller: this.board,
        clock: this.clock,
        logger: silentLogger,
      },
      SETTINGS,
    );
  }

  get isSick(): boolean {
    return this.board.conditions.some(({ reason }) => reason === 'engine_sick');
  }

  /** Checks once a second; calls that hang are given up after half of one. */
  async checks(times: number): Promise<void> {
    for (let i = 0; i < times; i += 1) {
      const pass = this.#check.pass(this.#signal);
      await this.clock.advanceAsync(1_000);
      await pass;
    }
  }
}

describe('SelfCheck', () => {
  it('climbs from the engine to the mark while the engine is silent, and takes the mark back when it answers', async () => {
    const bench = new Bench();
    await bench.checks(3);
    bench.runtime.held.add('answers');
    await bench.checks(3);
    expect(bench.restarted).to.deep.equal([]);
    await bench.checks(2);
    expect(bench.restarted).to.deep.equal(['runtime']);
    await bench.checks(20);
    expect(bench.restarted).to.deep.equal(['runtime']);
    expect(bench.isSick).to.equal(true);
    bench.runtime.release();
    await bench.checks(1);
    expect(bench.isSick).to.equal(false);
  });

  it('restarts an instance that an answering engine says nothing about, and blames no instance of a silent one', async () => {
    const bench = new Bench([1, 2]);
    bench.runtime.held.add('inspect 2');
    await bench.checks(8);
    expect(bench.restarted).to.deep.equal(['instance 2']);

    const silent = new Bench([1]);
    silent.runtime.held.add('answers');
    silent.runtime.held.add('inspect 1');
    await silent.checks(12);
    expect(silent.restarted).to.deep.equal(['runtime']);
  });
});
