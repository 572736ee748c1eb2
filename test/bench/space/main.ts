import { spawnSync } from 'node:child_process';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileKernels, openKernel } from '../../../agent/kinds/space/kernel/open-kernel.js';
import type { SpaceKernel } from '../../../agent/kinds/space/kernel/kernel.js';
import { encodePlotHeader } from '../../../agent/kinds/space/format/plot-header.js';
import { createPlot } from '../../../agent/kinds/space/plot/create-plot.js';
import { openDisk } from '../../../agent/kinds/space/prove/scan-threads.js';
import { sha256 } from '../../../common/challenge/digest.js';
import { systemClock } from '../../../common/model/clock.js';
import { makeTempDir } from '../../support/temp-dir.js';
import { printResult, say } from '../report.js';

const MIB = 1024 * 1024;
const LEAVES = 65_536;
const MEMORY_BYTES = 16 * MIB;
/** A leaf, its node, and two blocks for the node above two of them. */
const COMPRESSIONS = { plot: 4, scan: 2 } as const;
const ROUNDS = 40;

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    'size-mib': { type: 'string', default: '1024' },
    threads: { type: 'string', default: '2' },
  },
});

/** The hardware's SHA-256 by OpenSSL, in compressions of 64 bytes for each second of CPU time. */
function yardstick(): number {
  const { stdout } = spawnSync('openssl', ['speed', '-seconds', '2', '-bytes', '16384', '-evp', 'sha256'], {
    encoding: 'utf8',
  });
  const thousands = Number(/^sha256\s+([\d.]+)k\s*$/im.exec(stdout)?.[1]);
  if (!(thousands > 0)) throw new Error(`openssl speed said nothing of use: ${stdout}`);
  return (thousands * 1000) / 64;
}

function cpuSeconds(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Compressions for each second of CPU time of the kernel alone, once the compiler has done its best. */
function kernelRates(kernel: SpaceKernel): Record<'plot' | 'scan', number> {
  const { start } = kernel;
  kernel.bindPlot(Buffer.alloc(32, 1), Buffer.alloc(32, 2));
  kernel.bindChallenge(Buffer.alloc(32, 3));
  const nodes = start + LEAVES * 32;
  const plot = (): void => {
    kernel.leaves(start, LEAVES, 0);
    kernel.leafNodes(start, nodes, LEAVES);
    for (let width = LEAVES / 2; width >= 1; width /= 2) kernel.parents(nodes, nodes, width);
  };
  const scan = (): void => void kernel.best(start, LEAVES, undefined);
  const rate = (run: () => void, compressions: number): number => {
    for (let round = 0; round < ROUNDS; round += 1) run();
    const seconds = cpuSeconds(() => {
      for (let round = 0; round < ROUNDS; round += 1) run();
    });
    return (ROUNDS * LEAVES * compressions) / seconds;
  };
  return { plot: rate(plot, COMPRESSIONS.plot), scan: rate(scan, COMPRESSIONS.scan) };
}

await using folder = await makeTempDir();
const kernels = compileKernels();
const before = yardstick();
const native = kernelRates(await openKernel(kernels, MEMORY_BYTES));
const wasm = kernelRates(await openKernel(kernels, MEMORY_BYTES, 'wasm'));
const limit = (before + yardstick()) / 2;
say(`openssl: ${String(Math.round(limit / 1e4) / 100)} million compressions for each second of CPU time`);

const [leafCount, threads] = [Number(values['size-mib']) * (MIB / 32), Number(values.threads)];
const plan = { minerKey: Buffer.alloc(32, 1), plotSeed: Buffer.alloc(32, 2), leafCount, topLevels: 5 };
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let rss = 0;
const [startedMs, cpuBefore] = [performance.now(), process.cpuUsage()];
const made = await createPlot(
  { path: join(folder.path, 'a.plot'), plan, threads, bytesPerSecond: Infinity, keepFreeBytes: 0 },
  {
    clock: systemClock,
    signal: new AbortController().signal,
    onProgress: () => (rss = Math.max(rss, process.memoryUsage.rss())),
  },
);
delay.disable();
const [plotDelayMs, plotDelayMostMs] = [delay.percentile(99) / 1e6, delay.max / 1e6];
const seconds = (performance.now() - startedMs) / 1000;
const { user, system } = process.cpuUsage(cpuBefore);
const cached = spawnSync('fincore', ['--bytes', '--noheadings', '--output', 'res', join(folder.path, 'a.plot')], {
  encoding: 'utf8',
});
const perCpu = (leafCount * COMPRESSIONS.plot) / ((user + system) / 1e6);
say(`${values['size-mib']} MiB made in ${seconds.toFixed(1)} s; uncached: ${String(made.isUncached)}`);

const disk = openDisk({ threads, readTimeoutMs: 60_000, clock: systemClock, kernels });
const headerHash = sha256(encodePlotHeader({ ...plan, merkleRoot: made.merkleRoot }));
const plots = [{ path: join(folder.path, 'a.plot'), leafCount, headerHash }];
const ask = { challenge: Buffer.alloc(32, 3), plots, deadlineMs: 600_000, signal: new AbortController().signal };
// The first scan starts the threads and has them compiled.
await disk.scanner.scan(ask);
delay.reset();
delay.enable();
const scanBefore = process.cpuUsage();
const scanned = await disk.scanner.scan(ask);
const scanCpu = process.cpuUsage(scanBefore);
delay.disable();
disk.close();
if (scanned.end !== 'whole' || scanned.best === undefined) throw new Error(`the scan ended as ${scanned.end}`);
const scanPerCpu = (leafCount * COMPRESSIONS.scan) / ((scanCpu.user + scanCpu.system) / 1e6);
say(`scanned in ${(scanned.tookMs / 1000).toFixed(1)} s`);

printResult({
  bench: 'space',
  metrics: {
    sha_limit_compressions_per_s: limit,
    plot_over_sha_limit: native.plot / limit,
    plot_wasm_over_sha_limit: wasm.plot / limit,
    plot_file_over_sha_limit: perCpu / limit,
    plot_mb_per_cpu_s: (leafCount * 32) / 1e6 / ((user + system) / 1e6),
    plot_mb_per_s: (leafCount * 32) / 1e6 / seconds,
    scan_kernel_over_limit: native.scan / limit,
    scan_kernel_wasm_over_limit: wasm.scan / limit,
    scan_kernel_leaves_per_s: native.scan / COMPRESSIONS.scan,
    scan_over_limit: scanPerCpu / limit,
    scan_leaves_per_s: leafCount / (scanned.tookMs / 1000),
    scan_mb_per_s: (leafCount * 32) / 1e6 / (scanned.tookMs / 1000),
    scan_loop_delay_p99_ms: delay.percentile(99) / 1e6,
    rss_mb: rss / 1e6,
    loop_delay_p99_ms: plotDelayMs,
    loop_delay_most_ms: plotDelayMostMs,
    page_cache_bytes: Number(cached.stdout.trim()),
  },
  notes: [
    'limit: openssl speed -evp sha256 with blocks of 16 KiB, before and after, compressions for each second of CPU time',
    'plot: 4 compressions a leaf (leaf, its node, two for the node above two), for each second of CPU time, kernel alone; file: all of createPlot',
    'scan_kernel: 2 compressions a leaf, in memory; scan: the whole of a full scan from disk, CPU time of reading included',
    'plot_mb_per_cpu_s: what one core writes of a plot in a second that it has for itself; two threads on two free cores write twice that',
    'loop delay and memory are of the process that makes the plot, compiler and file included',
  ],
});
