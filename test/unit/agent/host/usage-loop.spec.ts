import { expect } from 'chai';
import { UsageSweep } from '../../../../agent/host/cgroup/index.js';
import { toUsage } from '../../../../agent/host/cgroup/reader.js';
import { UsageLoop } from '../../../../agent/host/usage-loop.js';
import type { UsageSample } from '../../../../agent/host/usage-loop.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import type { Logger } from '../../../../common/observe/logger.js';
import { ManualClock } from '../../../support/manual-clock.js';

interface Bench {
  readonly loop: UsageLoop;
  readonly clock: ManualClock;
  readonly samples: UsageSample[];
  readonly warnings: string[];
}

/** Runs a loop on this very machine while a test moves the clock. */
async function withLoop(
  use: (bench: Bench) => Promise<void>,
  options: {
    readonly periodMs?: () => number;
    readonly dataPath?: string;
    readonly fail?: boolean;
    readonly sweep?: UsageSweep;
  } = {},
): Promise<void> {
  const clock = new ManualClock();
  const samples: UsageSample[] = [];
  const warnings: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (_fields: unknown, text?: string) => warnings.push(text ?? ''),
    child: () => logger,
  };
  const onSample = (sample: UsageSample): void => {
    if (options.fail) throw new Error('nobody takes it');
    samples.push(sample);
  };
  const loop = new UsageLoop({
    dataPath: options.dataPath ?? '/',
    onSample,
    clock,
    logger,
    ...(options.sweep ? { sweep: options.sweep } : {}),
  });
  const stop = new AbortController();
  const running = loop.run(options.periodMs ?? (() => 1_000), stop.signal);
  try {
    await use({ loop, clock, samples, warnings });
  } finally {
    stop.abort();
    await running;
  }
  expect(clock.pendingTimers).to.equal(0);
}

describe('UsageLoop', () => {
  it('samples at once and then at its period, which may change while it runs', () => {
    let periodMs = 1_000;
    return withLoop(
      async ({ clock, samples }) => {
        await clock.advanceAsync(3_000);
        expect(samples).to.have.lengthOf(4);
        periodMs = 10_000;
        await clock.advanceAsync(1_000);
        await clock.advanceAsync(9_999);
        expect(samples).to.have.lengthOf(5);
        await clock.advanceAsync(1);
        expect(samples).to.have.lengthOf(6);
      },
      { periodMs: () => periodMs },
    );
  });

  it('keeps the newest sample, in whole numbers of the host and the time it was taken', () =>
    withLoop(async ({ loop, clock, samples }) => {
      await clock.advanceAsync(1_000);
      expect(loop.latest).to.equal(samples.at(-1));
      expect(loop.latest?.host).to.include({ atMs: clock.nowMs() });
      expect(loop.latest?.host.memoryBytes).to.be.above(0);
      expect(Number.isInteger(loop.latest?.host.cpuMillis)).to.equal(true);
    }));

  it('follows an instance from its start to its end, and gives its descriptors back', async () => {
    let open = 0;
    const sweep = new UsageSweep((pid) => {
      open += 1;
      return {
        sample: (nowMs) => toUsage({}, { atMs: nowMs, cpuNanos: pid * 1_000 }, undefined),
        close: () => (open -= 1),
      };
    });
    await withLoop(
      async ({ loop, clock }) => {
        loop.follow(7, 42, { network: true });
        loop.follow(8, 43, { network: false });
        await clock.advanceAsync(1_000);
        expect(loop.latest?.instances.map(({ serial, cpuNanos }) => [serial, cpuNanos])).to.deep.equal([
          [7, 42_000],
          [8, 43_000],
        ]);
        loop.follow(7, 0, { network: true });
        await clock.advanceAsync(1_000);
        expect(loop.latest?.instances.map(({ serial }) => serial)).to.deep.equal([8]);
      },
      { sweep },
    );
    expect(open).to.equal(0);
  });

  it('goes on when an instance has ended before it was followed', () =>
    withLoop(async ({ loop, clock, samples }) => {
      loop.follow(7, 2 ** 22 + 1, { network: true });
      await clock.advanceAsync(1_000);
      expect(samples).to.have.lengthOf(2);
      expect(loop.latest?.instances).to.deep.equal([]);
    }));

  it('says that it cannot read the use of the host, and tries on', () =>
    withLoop(
      async ({ clock, samples, warnings }) => {
        await clock.advanceAsync(2_000);
        expect(samples).to.deep.equal([]);
        expect(warnings).to.have.lengthOf(3);
      },
      { dataPath: '/no/such/folder' },
    ));

  it('outlives a receiver that fails', () =>
    withLoop(
      async ({ clock, warnings }) => {
        await clock.advanceAsync(1_000);
        expect(warnings).to.have.lengthOf(2);
      },
      { fail: true },
    ));
});
