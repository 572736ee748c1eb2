import type { Clock } from '../../../../common/model/clock.js';
import { deadlineLevel } from '../../../../common/model/scan-times.js';
import type { DeadlineLevel, DiskScan } from '../../../../common/model/scan-times.js';
import { toHeadframeError } from '../../../../common/model/error.js';
import type { HeadframeError } from '../../../../common/model/error.js';
import type { ScanRules } from '../format/scan.js';
import { compileApart } from '../kernel/compile-apart.js';
import type { WasmModule } from '../kernel/web-assembly.js';
import type { FoundProof, RoundGoal } from '../mine/own-block.js';
import type { Prover } from '../mine/space-miner.js';
import { scanDisks } from '../prove/scan-disks.js';
import type { DiskBest, HostOutcome } from '../prove/scan-disks.js';
import { openDisk } from '../prove/scan-threads.js';
import type { OpenDisk } from '../prove/scan-threads.js';
import type { RegisteredPlot } from './match-plots.js';
import type { PlotRegistry } from './plot-registry.js';
import { pathReserveMs, ProofTimes } from './proof-times.js';
import type { TimedPlot } from './proof-times.js';

/** How plots are proven with. */
export interface ProverOptions {
  /** For each disk; 2 keep a disk and a core busy at once. */
  readonly threadsPerDisk: number;
  /** For one read of 2 MiB. */
  readonly readTimeoutMs: number;
  /** From the challenge to the proof, path included. */
  readonly deadlineMs: number;
  /** Which leaves are looked at; all, where none are given. */
  readonly rules?: ScanRules | undefined;
}

/** What a prover tells its owner. */
export type ProverReport =
  | {
      readonly kind: 'proved';
      readonly epoch: bigint;
      /** Of `plots`: all that are listed, also those that are missing. */
      readonly answered: number;
      readonly plots: number;
      /** From the challenge to the proof. */
      readonly tookMs: number;
      readonly disks: readonly DiskScan[];
    }
  /** Told when a disk's level changes. */
  | { readonly kind: 'deadline'; readonly disk: DiskScan; readonly level: DeadlineLevel; readonly deadlineMs: number }
  /** A plot gave no answer, or none for its leaf. */
  | { readonly kind: 'plot-failed'; readonly path: string; readonly reason: string; readonly message: string }
  /** The proof took a pass over the plot. */
  | { readonly kind: 'cache-unused'; readonly path: string; readonly message: string };

/** What a prover works with. */
export interface ProverTools {
  readonly clock: Clock;
  readonly report: (report: ProverReport) => void;
}

type Placed = { readonly place: number; readonly plot: RegisteredPlot & Required<Pick<RegisteredPlot, 'header'>> };

/** Compiles what hashes, apart from this thread, and gives a prover over the plots of a registry. */
export async function openProver(
  registry: Pick<PlotRegistry, 'plots'>,
  options: ProverOptions,
  tools: ProverTools,
): Promise<PlotProver> {
  return new PlotProver(registry, options, { ...tools, kernels: await compileApart() });
}

/**
 * Answers challenges with the best leaf of all plots of a host, one challenge at a time: all disks at once, and none of them for longer than
 * the deadline. Where the best leaf cannot be proven, because its disk failed since, the best of another disk is.
 */
export class PlotProver implements Prover {
  readonly #registry: Pick<PlotRegistry, 'plots'>;
  readonly #options: ProverOptions;
  readonly #tools: ProverTools & { readonly kernels: WasmModule | undefined };
  readonly #disks = new Map<string, OpenDisk>();
  readonly #levels = new Map<string, DeadlineLevel>();
  readonly #times = new ProofTimes();

  constructor(
    registry: Pick<PlotRegistry, 'plots'>,
    options: ProverOptions,
    tools: ProverTools & { readonly kernels: WasmModule | undefined },
  ) {
    this.#registry = registry;
    this.#options = options;
    this.#tools = tools;
  }

  /** How long each plot took the last time that it answered, by its path. */
  get times(): ReadonlyMap<string, TimedPlot> {
    return this.#times.plots;
  }

  /** Ends the threads of all disks. */
  close(): void {
    for (const disk of this.#disks.values()) disk.close();
    this.#disks.clear();
  }

  /** `leftMs`: where there is less time than the usual deadline; in milliseconds. */
  async prove(
    { challenge, epoch }: Pick<RoundGoal, 'challenge' | 'epoch'>,
    signal: AbortSignal,
    leftMs = Infinity,
  ): Promise<FoundProof | undefined> {
    const { clock, report } = this.#tools;
    const startedMs = clock.monotonicMs();
    const all = this.#registry.plots;
    const disks = disksOf(all);
    this.#closeUnused(disks);
    const { rules } = this.#options;
    const deadlineMs = Math.min(this.#options.deadlineMs, leftMs);
    const asked = disks.map(({ disk, plots }) => ({
      scanner: this.#opened(disk).scanner,
      plots: plots.map(({ place, plot }) => ({ place, plot: scanned(plot) })),
    }));
    const reserveMs = pathReserveMs(
      disks.flatMap(({ plots }) => plots.map(({ plot }) => plot)),
      this.#times,
      deadlineMs,
    );
    const outcome = await scanDisks(asked, { challenge, rules, deadlineMs: deadlineMs - reserveMs, signal });
    signal.throwIfAborted();
    this.#note(disks, outcome, deadlineMs === this.#options.deadlineMs);
    const found = await this.#proven(outcome.bests, disks, { endMs: startedMs + deadlineMs, signal });
    const tookMs = clock.monotonicMs() - startedMs;
    const times = disks.map(({ disk, plots }, at) => diskTime(disk, plots.length, outcome.disks[at]));
    report({ kind: 'proved', epoch, answered: outcome.answered, plots: all.length, tookMs, disks: times });
    return found;
  }

  async #proven(
    bests: readonly DiskBest[],
    disks: ReturnType<typeof disksOf>,
    { endMs, signal }: { readonly endMs: number; readonly signal: AbortSignal },
  ): Promise<FoundProof | undefined> {
    const { clock, report } = this.#tools;
    for (const best of bests) {
      const disk = disks[best.disk];
      const plot = disk?.plots.find(({ place }) => place === best.plot)?.plot;
      if (disk === undefined || plot === undefined) continue;
      const cachePath = plot.cacheFilePath === '' ? undefined : plot.cacheFilePath;
      const deadlineMs = Math.max(0, endMs - clock.monotonicMs());
      try {
        const wish = { plot: { ...scanned(plot), merkleRoot: plot.header.merkleRoot, cachePath }, index: best.index };
        const { path, cacheProblem } = await this.#opened(disk.disk).scanner.path({ ...wish, deadlineMs, signal });
        if (cacheProblem !== undefined)
          report({ kind: 'cache-unused', path: `${plot.filePath}.cache`, message: cacheProblem });
        return proofOf(best, plot, path);
      } catch (error) {
        signal.throwIfAborted();
        this.#failed(plot.filePath, toHeadframeError(error));
      }
    }
    return undefined;
  }

  #failed(path: string, { reason, message }: Pick<HeadframeError, 'reason' | 'message'>): void {
    this.#tools.report({ kind: 'plot-failed', path, reason, message });
  }

  /** Records times, and tells of plots that failed and, after a round of the usual length, of disks that come near the deadline. */
  #note(disks: ReturnType<typeof disksOf>, outcome: HostOutcome, isUsual: boolean): void {
    const { deadlineMs } = this.#options;
    const all = this.#registry.plots;
    disks.forEach(({ disk, plots }, at) => {
      const time = diskTime(disk, plots.length, outcome.disks[at]);
      const before = this.#levels.get(disk) ?? 'well';
      const level = isUsual ? deadlineLevel(time, deadlineMs) : before;
      if (level !== before) this.#tools.report({ kind: 'deadline', disk: time, level, deadlineMs });
      this.#levels.set(disk, level);
      for (const { place, plot } of plots) {
        const tookMs = outcome.disks[at]?.plotMs.get(place);
        if (tookMs !== undefined) this.#times.note(plot.filePath, { tookMs, leafCount: plot.header.leafCount });
      }
    });
    for (const { plot, ...why } of outcome.failed) this.#failed(all[plot]?.filePath ?? '', why);
  }

  #opened(disk: string): OpenDisk {
    const { threadsPerDisk, readTimeoutMs } = this.#options;
    const { clock, kernels } = this.#tools;
    const open = this.#disks.get(disk) ?? openDisk({ threads: threadsPerDisk, readTimeoutMs, clock, kernels });
    this.#disks.set(disk, open);
    return open;
  }

  #closeUnused(used: ReturnType<typeof disksOf>): void {
    for (const [disk, open] of this.#disks) {
      if (used.some((one) => one.disk === disk)) continue;
      open.close();
      this.#disks.delete(disk);
    }
  }
}

/** The disks that hold plots, each with its plots by their places among all that are listed. */
function disksOf(
  all: readonly RegisteredPlot[],
): readonly { readonly disk: string; readonly plots: readonly Placed[] }[] {
  const disks = new Map<string, Placed[]>();
  all.forEach((plot, place) => {
    const { header, disk } = plot;
    if (header === undefined || plot.status !== 'Valid') return;
    disks.set(disk, [...(disks.get(disk) ?? []), { place, plot: { ...plot, header } }]);
  });
  return [...disks].map(([disk, plots]) => ({ disk, plots }));
}

function scanned({ filePath, header }: Placed['plot']): { path: string; leafCount: number; headerHash: Buffer } {
  return { path: filePath, leafCount: header.leafCount, headerHash: header.headerHash };
}

function diskTime(disk: string, plots: number, outcome: HostOutcome['disks'][number] | undefined): DiskScan {
  return { disk, plots, tookMs: outcome?.tookMs ?? 0, end: outcome?.end ?? 'stalled' };
}

function proofOf(
  best: DiskBest,
  { header }: Placed['plot'],
  path: { siblings: readonly Buffer[]; siblingIsRight: readonly boolean[] },
): FoundProof {
  const proof = {
    leaf: Buffer.from(best.leaf),
    ...{ leafIndex: BigInt(best.index), leafCount: BigInt(header.leafCount) },
    ...path,
    ...{ plotId: header.plotSeed, plotHeaderHash: header.headerHash, plotVersion: 1 },
  };
  return { proof, plotRoot: header.merkleRoot, score: Buffer.from(best.score) };
}
