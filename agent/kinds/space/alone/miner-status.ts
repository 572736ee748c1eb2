import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { IntervalHistogram } from 'node:perf_hooks';
import type { NodeAddress } from '../node/connect-node.js';
import type { SpaceMiner } from '../mine/space-miner.js';
import type { MineCounters } from '../mine/mine-state.js';
import type { RegisteredPlot } from '../registry/match-plots.js';

/** How many plots there are of each status. */
export interface PlotCounts {
  readonly valid: number;
  readonly corrupted: number;
  readonly missing: number;
  readonly bytes: number;
}

/** How a miner that runs stands, as it says itself. */
export interface MinerStatus {
  readonly pid: number;
  readonly version: string;
  readonly upForMs: number;
  /** Hexadecimal. */
  readonly minerId: string;
  readonly network: string;
  readonly nodes: readonly string[];
  /** The nodes that are connected: one, or none. */
  readonly peers: readonly string[];
  /** Of the block that is mined on; null before a node has named one. A text, since it may be beyond 2^53. */
  readonly height: string | null;
  readonly round: 'waiting' | 'proving' | 'deciding' | 'over';
  readonly plots: PlotCounts;
  readonly counters: MineCounters;
  /** Since the start; null where it is not measured. */
  readonly loopDelayMs: { readonly p99: number; readonly max: number } | null;
  /** What went wrong last, and when. */
  readonly lastProblem: { readonly at: string; readonly text: string } | null;
}

/** A plot as lists show it. */
export interface PlotRow {
  readonly plotId: string;
  readonly status: string;
  readonly filePath: string;
  readonly cacheFilePath: string;
  readonly spaceAllocatedBytes: number;
  readonly createdAtUtc: string;
  /** Upper-case hexadecimal; '' where it is not known. */
  readonly merkleRoot: string;
  readonly problem: string;
}

/** A plot for lists. */
export function rowOf(plot: RegisteredPlot): PlotRow {
  const { plotId, status, filePath, cacheFilePath, spaceAllocatedBytes, createdAtUtc } = plot;
  return {
    ...{ plotId, status, filePath, cacheFilePath, spaceAllocatedBytes, createdAtUtc },
    merkleRoot: plot.merkleRoot.toString('hex').toUpperCase(),
    problem: plot.problem?.message ?? '',
  };
}

/** Counts plots. */
export function countPlots(plots: readonly Pick<PlotRow, 'status' | 'spaceAllocatedBytes'>[]): PlotCounts {
  const having = (status: string): number => plots.filter((plot) => plot.status === status).length;
  const bytes = plots.reduce((sum, plot) => sum + (plot.status === 'Valid' ? plot.spaceAllocatedBytes : 0), 0);
  return { valid: having('Valid'), corrupted: having('Corrupted'), missing: having('Missing'), bytes };
}

/** `host:port` as people write it. */
export function nameOfNode({ host, port }: NodeAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}

/** Measures how long what is due waits for the event loop. */
export class LoopDelay implements Disposable {
  readonly #histogram: IntervalHistogram;

  constructor() {
    this.#histogram = monitorEventLoopDelay({ resolution: 10 });
    this.#histogram.enable();
  }

  /** Milliseconds beyond what was asked for. */
  get delays(): { readonly p99: number; readonly max: number } {
    const beyond = (nanoseconds: number): number => Math.max(0, Math.round(nanoseconds / 1e4) / 100 - 10);
    return { p99: beyond(this.#histogram.percentile(99)), max: beyond(this.#histogram.max) };
  }

  [Symbol.dispose](): void {
    this.#histogram.disable();
  }
}

/** What of a miner its status tells. */
export function roundOf(miner: Pick<SpaceMiner, 'phase'>): Pick<MinerStatus, 'height' | 'round'> {
  const { phase } = miner;
  return { round: phase.status, height: phase.status === 'waiting' ? null : String(phase.goal.tipHeight) };
}
