import { spawnSync } from 'node:child_process';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { join } from 'node:path';
import { encodePlotHeader } from '../../../agent/kinds/space/format/plot-header.js';
import type { WasmModule } from '../../../agent/kinds/space/kernel/web-assembly.js';
import { createPlot } from '../../../agent/kinds/space/plot/create-plot.js';
import { openDisk } from '../../../agent/kinds/space/prove/scan-threads.js';
import type { OpenDisk } from '../../../agent/kinds/space/prove/scan-threads.js';
import type { PathJob } from '../../../agent/kinds/space/prove/scan-job.js';
import { sha256 } from '../../../common/challenge/digest.js';
import { systemClock } from '../../../common/model/clock.js';
import { usualCacheLevels } from '../../../common/model/plot-cache-levels.js';
import { makeTempDir } from '../../support/temp-dir.js';

/** Proofs by the cache, of leaves all over the plot. */
const PROOFS = 21;

/** What is measured of one plot. */
export interface PlotAsk {
  readonly leafCount: number;
  readonly threads: number;
  readonly kernels: WasmModule | undefined;
  /** Also the path of a leaf without the cache, by a pass over the plot. */
  readonly isPassed: boolean;
}

/** What something took. */
export interface Cost {
  readonly wallS: number;
  /** Of all threads of the process. */
  readonly cpuS: number;
  /** Of the event loop, in milliseconds. */
  readonly delayP99Ms: number;
  readonly delayMostMs: number;
}

/** What a plot took. */
export interface PlotFigures {
  readonly leafCount: number;
  readonly made: Cost;
  readonly isUncached: boolean;
  /** Of the plot, left in the cache of the operating system. */
  readonly pageCacheBytes: number;
  readonly rssBytes: number;
  readonly scanned: Cost;
  /** Of each proof by the cache, the first one after the scan first. */
  readonly proofMs: readonly number[];
  readonly passMs: number | undefined;
}

/** Makes a plot with a cache of the usual size, scans it, proves leaves of it, and removes it. */
export async function measurePlot({ leafCount, threads, kernels, isPassed }: PlotAsk): Promise<PlotFigures> {
  await using folder = await makeTempDir();
  const path = join(folder.path, 'a.plot');
  const topLevels = usualCacheLevels(leafCount);
  const plan = { minerKey: Buffer.alloc(32, 1), plotSeed: Buffer.alloc(32, 2), leafCount, topLevels };
  let rssBytes = 0;
  const [made, madeCost] = await timed(() =>
    createPlot(
      { path, plan, threads, bytesPerSecond: Infinity, keepFreeBytes: 0 },
      {
        clock: systemClock,
        signal: new AbortController().signal,
        onProgress: () => (rssBytes = Math.max(rssBytes, process.memoryUsage.rss())),
      },
    ),
  );
  const pageCacheBytes = cachedBytes(path);
  const disk = openDisk({ threads, readTimeoutMs: 60_000, clock: systemClock, kernels });
  const { merkleRoot } = made;
  const headerHash = sha256(encodePlotHeader({ ...plan, merkleRoot }));
  const plot = { path, leafCount, headerHash, merkleRoot, cachePath: `${path}.cache` };
  try {
    const scanned = await scanCost(disk, plot);
    const proofMs: number[] = [];
    for (let at = 0; at < PROOFS; at += 1)
      proofMs.push(await pathMs(disk, plot, Math.floor((leafCount * at) / PROOFS)));
    const passMs = isPassed ? await pathMs(disk, { ...plot, cachePath: undefined }, leafCount - 1) : undefined;
    const { isUncached } = made;
    return { leafCount, made: madeCost, isUncached, pageCacheBytes, rssBytes, scanned, proofMs, passMs };
  } finally {
    disk.close();
  }
}

async function scanCost({ scanner }: OpenDisk, plot: PathJob['plot']): Promise<Cost> {
  const signal = new AbortController().signal;
  const ask = { challenge: Buffer.alloc(32, 3), plots: [plot], deadlineMs: 3_600_000, signal };
  // The first scan starts the threads and has them compiled.
  await scanner.scan(ask);
  const [scanned, cost] = await timed(() => scanner.scan(ask));
  if (scanned.end !== 'whole' || scanned.best === undefined) throw new Error(`the scan ended as ${scanned.end}`);
  return { ...cost, wallS: scanned.tookMs / 1000 };
}

async function pathMs({ scanner }: OpenDisk, plot: PathJob['plot'], index: number): Promise<number> {
  const startedMs = performance.now();
  const { cacheProblem } = await scanner.path({
    ...{ plot, index, deadlineMs: Infinity },
    signal: new AbortController().signal,
  });
  if (cacheProblem !== undefined) throw new Error(`the cache was of no use: ${cacheProblem}`);
  return performance.now() - startedMs;
}

async function timed<T>(run: () => Promise<T>): Promise<readonly [T, Cost]> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const [startedMs, before] = [performance.now(), process.cpuUsage()];
  const done = await run();
  const { user, system } = process.cpuUsage(before);
  delay.disable();
  const cost = { wallS: (performance.now() - startedMs) / 1000, cpuS: (user + system) / 1e6 };
  return [done, { ...cost, delayP99Ms: delay.percentile(99) / 1e6, delayMostMs: delay.max / 1e6 }];
}

function cachedBytes(path: string): number {
  const cached = spawnSync('fincore', ['--bytes', '--noheadings', '--output', 'res', path], { encoding: 'utf8' });
  return Number(cached.stdout.trim());
}
