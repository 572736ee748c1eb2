import { expect } from 'chai';
import { EngineWatch } from '../../../../agent/reconcile/engine-watch.js';
import type { RuntimeEvent } from '../../../../agent/runtime/runtime.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { MemoryRuntime } from '../../../support/memory-runtime.js';

/** A watch on an engine in memory, and what it tells. */
class Bench {
  readonly runtime = new MemoryRuntime();
  readonly clock = new ManualClock();
  readonly told: string[] = [];
  readonly warnings: string[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor() {
    const reconciler = {
      engineLost: () => this.told.push('lost'),
      notice: ({ kind, serial }: RuntimeEvent) => this.told.push(`${kind} ${String(serial)}`),
      observeAll: () => this.told.push('listed'),
    };
    const logger = {
      ...silentLogger,
      warn: () => this.warnings.push('warning'),
      info: () => undefined,
      child: () => logger,
    };
    this.#running = new EngineWatch({
      runtime: this.runtime,
      reconciler,
      onListed: () => undefined,
      clock: this.clock,
      logger,
    }).run(this.#stop.signal);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}

async function withBench(use: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = new Bench();
  await use(bench);
  await bench.close();
  expect(bench.clock.pendingTimers).to.equal(0);
}

describe('EngineWatch', () => {
  it('lists at once and every half minute, and passes events on as they come', () =>
    withBench(async ({ clock, runtime, told }) => {
      await clock.advanceAsync(0);
      runtime.emit({ serial: 7, kind: 'ended' });
      await clock.advanceAsync(30_000);
      expect(told).to.deep.equal(['listed', 'ended 7', 'listed']);
    }));

  it('tells once that the engine is away, asks with longer and longer pauses, and lists when it is back', () =>
    withBench(async ({ clock, runtime, told, warnings }) => {
      await clock.advanceAsync(0);
      runtime.goAway();
      await clock.advanceAsync(60_000);
      const losses = told.filter((word) => word === 'lost').length;
      expect(losses).to.be.within(6, 12);
      expect(warnings).to.have.lengthOf(1);
      runtime.comeBack();
      await clock.advanceAsync(10_000);
      expect(told.at(-1)).to.equal('listed');
    }));

  it('does not ask hot when the engine lists but has no events to offer', () =>
    withBench(async ({ clock, runtime, told }) => {
      runtime.broken.add('events');
      await clock.advanceAsync(60_000);
      expect(told.filter((word) => word === 'lost').length).to.be.below(12);
    }));
});
