import { parseArgs } from 'node:util';
import { compileKernels, openKernel } from '../../../agent/kinds/space/kernel/open-kernel.js';
import { formatBytes, parseBytes } from '../../../common/model/units.js';
import { median, printResult, say } from '../report.js';
import { COMPRESSIONS, kernelRates, yardstick } from './kernel-rates.js';
import { measurePlot } from './measure-plot.js';
import type { Cost, PlotFigures } from './measure-plot.js';

const LEAF_BYTES = 32;
const MEMORY_BYTES = 16 * 1024 * 1024;

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    sizes: { type: 'string', default: '256MiB,1GiB' },
    threads: { type: 'string', default: '2' },
  },
});

function leavesOf(size: string): number {
  const bytes = parseBytes(size);
  if (bytes === undefined) throw new Error(`--sizes ${size} is no size such as 10GiB`);
  return bytes / LEAF_BYTES;
}

/** CPU time of each MiB of a plot, in milliseconds. */
function costOfMib({ cpuS }: Cost, leafCount: number): number {
  return (cpuS * 1000) / ((leafCount * LEAF_BYTES) / 1024 ** 2);
}

/** What a MiB costs in plots of each size, in milliseconds of CPU time, and in the largest over the smallest. */
function growth(figures: readonly PlotFigures[]): Record<string, number> {
  const costs = figures.map(({ leafCount, made, scanned }) => ({
    mib: (leafCount * LEAF_BYTES) / 1024 ** 2,
    plot: costOfMib(made, leafCount),
    scan: costOfMib(scanned, leafCount),
  }));
  const keys = costs.flatMap(({ mib, plot, scan }): [string, number][] => [
    [`plot_cpu_ms_per_mib_of_${String(mib)}_mib`, plot],
    [`scan_cpu_ms_per_mib_of_${String(mib)}_mib`, scan],
  ]);
  const [first, last] = [costs[0], costs.at(-1)];
  if (first === undefined || last === undefined || costs.length < 2) return {};
  const ratios = { plot_cost_growth: last.plot / first.plot, scan_cost_growth: last.scan / first.scan };
  return { ...Object.fromEntries(keys), ...ratios };
}

const kernels = compileKernels();
const before = yardstick();
const native = kernelRates(await openKernel(kernels, MEMORY_BYTES));
const wasm = kernelRates(await openKernel(kernels, MEMORY_BYTES, 'wasm'));
const limit = (before + yardstick()) / 2;
say(`openssl: ${String(Math.round(limit / 1e4) / 100)} million compressions for each second of CPU time`);

const [sizes, threads] = [values.sizes.split(',').map(leavesOf), Number(values.threads)];
sizes.sort((a, b) => a - b);
const figures: PlotFigures[] = [];
for (const leafCount of sizes) {
  const isPassed = leafCount === sizes.at(-1);
  const found = await measurePlot({ leafCount, threads, kernels, isPassed });
  figures.push(found);
  const [made, scanned] = [found.made.wallS, found.scanned.wallS].map((seconds) => seconds.toFixed(1));
  say(
    `${formatBytes(leafCount * LEAF_BYTES)}: made in ${made ?? ''} s, uncached: ${String(found.isUncached)}; scanned in ${scanned ?? ''} s`,
  );
}

const largest = figures.at(-1);
if (largest === undefined) throw new Error('--sizes names none');
const { leafCount, made, scanned, proofMs } = largest;
const megabytes = (leafCount * LEAF_BYTES) / 1e6;
printResult({
  bench: 'space',
  metrics: {
    sha_limit_compressions_per_s: limit,
    plot_over_sha_limit: native.plot / limit,
    plot_wasm_over_sha_limit: wasm.plot / limit,
    plot_file_over_sha_limit: (leafCount * COMPRESSIONS.plot) / made.cpuS / limit,
    plot_mb_per_cpu_s: megabytes / made.cpuS,
    plot_mb_per_s: megabytes / made.wallS,
    scan_kernel_over_limit: native.scan / limit,
    scan_kernel_wasm_over_limit: wasm.scan / limit,
    scan_kernel_leaves_per_s: native.scan / COMPRESSIONS.scan,
    scan_over_limit: (leafCount * COMPRESSIONS.scan) / scanned.cpuS / limit,
    scan_leaves_per_s: leafCount / scanned.wallS,
    scan_mb_per_s: megabytes / scanned.wallS,
    scan_loop_delay_p99_ms: scanned.delayP99Ms,
    proof_by_cache_first_ms: proofMs[0] ?? NaN,
    proof_by_cache_p50_ms: median(proofMs),
    proof_by_cache_most_ms: Math.max(...proofMs),
    proof_by_pass_ms: largest.passMs ?? NaN,
    rss_mb: largest.rssBytes / 1e6,
    loop_delay_p99_ms: made.delayP99Ms,
    loop_delay_most_ms: made.delayMostMs,
    page_cache_bytes: largest.pageCacheBytes,
    ...growth(figures),
  },
  notes: [
    `all but growth is of a plot of ${formatBytes(leafCount * LEAF_BYTES)}, the largest of --sizes`,
    'limit: openssl speed -evp sha256 with blocks of 16 KiB, before and after, compressions for each second of CPU time',
    'plot: 4 compressions a leaf (leaf, its node, two for the node above two), for each second of CPU time, kernel alone; file: all of createPlot',
    'scan_kernel: 2 compressions a leaf, in memory; scan: the whole of a full scan from disk, CPU time of reading included',
    'plot_mb_per_cpu_s: what one core writes of a plot in a second that it has for itself; two threads on two free cores write twice that',
    'proof: path of a leaf after the scan, from the question to the answer of the thread that reads: by a cache of the usual levels (21 leaves), and by one pass',
    'growth: what a MiB costs in the largest plot over the smallest; 1 is linear, less is the cost of starting spread over more',
    'loop delay and memory are of the process that makes the plot, compiler and file included',
  ],
});
