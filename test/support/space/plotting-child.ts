import { createPlot } from '../../../agent/kinds/space/plot/create-plot.js';
import { systemClock } from '../../../common/model/clock.js';

/** A program that makes one plot, by a clock that has it record far more often than every ten seconds, and prints how that went. */
const [, , path = '', leafCount = '0', hasteText = '1'] = process.argv;
const haste = Number(hasteText);
const plan = {
  minerKey: Buffer.alloc(32, 1),
  plotSeed: Buffer.alloc(32, 2),
  leafCount: Number(leafCount),
  topLevels: 8,
};
const made = await createPlot(
  { path, plan, threads: 1, bytesPerSecond: Infinity, keepFreeBytes: 0 },
  {
    clock: { ...systemClock, monotonicMs: () => haste * systemClock.monotonicMs() },
    signal: new AbortController().signal,
    onProgress: () => undefined,
  },
);
process.stdout.write(JSON.stringify({ resumedLeaves: made.resumedLeaves, root: made.merkleRoot.toString('hex') }));
