import { z } from 'zod';
import type { Clock } from '../../../../common/model/clock.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { parseScanStrategy } from '../../../../common/model/scan-strategy.js';
import type { ScanStrategy } from '../../../../common/model/scan-strategy.js';
import { describeProver, describeRegistry } from '../alone/describe-plots.js';
import type { LineLog } from '../alone/log-file.js';
import { openProver } from '../registry/plot-prover.js';
import type { ProverReport } from '../registry/plot-prover.js';
import { openRegistry } from '../registry/plot-registry.js';
import { watchFolders } from '../registry/watch-folders.js';
import { serveScans } from './scan-server.js';

/** What the scanner of a host is started with. */
export interface ScanOptions {
  readonly minerId: string;
  readonly port: number;
  readonly folders: readonly string[];
  readonly listPath: string;
  readonly readTimeoutMs: number;
  /** From a request to its answer. */
  readonly deadlineMs: number;
  readonly strategy: ScanStrategy;
}

/** Who runs it. */
export interface ScanWorld {
  readonly clock: Clock;
  readonly log: LineLog;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** One thread reads while the other hashes. */
const THREADS_PER_DISK = 2;

/** Answers scans of the plots of a host until the signal is aborted. */
export async function scanCommand(options: ScanOptions, { clock, log, signal }: ScanWorld): Promise<void> {
  const { minerId, port, folders, listPath, readTimeoutMs, deadlineMs, strategy } = options;
  const registry = await openRegistry(
    { folders, listPath },
    {
      clock,
      report: (report) => {
        const { level, text } = describeRegistry(report);
        log(level, text);
      },
    },
  );
  const proved: Extract<ProverReport, { kind: 'proved' }>[] = [];
  const prover = await openProver(
    registry,
    { threadsPerDisk: THREADS_PER_DISK, readTimeoutMs, deadlineMs, rules: { strategy, maxLeaves: 0 } },
    {
      clock,
      report: (report) => {
        if (report.kind === 'proved') proved.push(report);
        const { level, text } = describeProver(report);
        log(level, text);
      },
    },
  );
  const server = await serveScans(port, {
    minerId: Buffer.from(minerId, 'hex'),
    clock,
    scan: async (request, left) => {
      proved.length = 0;
      const found = await prover.prove(request, AbortSignal.any([signal, left]), request.leftMs);
      const { answered = 0, tookMs = 0, disks = [] } = proved.at(-1) ?? {};
      const listed = new Set(registry.plots.map(({ filePath }) => filePath));
      const times = [...prover.times].filter(([path]) => listed.has(path));
      const plotMs = new Map(times.map(([path, time]) => [path, time.tookMs]));
      return { found, answered, plots: registry.plots.length, tookMs, disks, plotMs };
    },
    onRefused: ({ message }) => log('warn', message),
  });
  log('info', `scans ${String(registry.plots.length)} plots for ${minerId} at port ${String(server.port)}`);
  try {
    await watchFolders(registry, clock, signal);
  } finally {
    await server.close();
    prover.close();
  }
}

const shape = z.object({
  minerId: z.string().regex(/^0[23][0-9a-f]{64}$/),
  port: z.int().min(0).max(65_535),
  folders: z.array(z.string()).min(1),
  listPath: z.string().min(1),
  readTimeoutMs: z.int().min(100),
  deadlineMs: z.int().min(100),
  strategy: z.custom<ScanStrategy>((value) => value !== undefined),
});

/** Reads the flags. Throws `HeadframeError` (invalid_argument, 'usage'). */
export function readScanFlags(flags: Readonly<Record<string, string | boolean | undefined>>): ScanOptions {
  const textOf = (name: string): string => {
    const value = flags[name];
    return typeof value === 'string' ? value : '';
  };
  const [minerId, listPath] = [textOf('miner'), textOf('list')];
  const [port, readTimeoutMs, deadlineMs] = [textOf('port'), textOf('readTimeout'), textOf('deadline')].map(Number);
  const folders = textOf('folders')
    .split(',')
    .filter((folder) => folder !== '');
  const strategy = parseScanStrategy(textOf('strategy'));
  const read = shape.safeParse({ minerId, port, folders, listPath, readTimeoutMs, deadlineMs, strategy });
  if (read.success) return read.data;
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'usage',
    message: `scan takes what the fleet gives it: ${read.error.issues.map(({ path }) => path.join('.')).join(', ')} is not that`,
  });
}
