import { randomBytes, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Clock } from '../../../../common/model/clock.js';
import { HeadframeError, toHeadframeError } from '../../../../common/model/error.js';
import { cacheLevels, cacheLayout } from '../format/cache-file.js';
import { leafCountFor, LEAF_BYTES } from '../format/leaf.js';
import { createPlot, forgetMaking } from '../plot/create-plot.js';
import { diskFull } from '../plot/plot-errors.js';
import { plannedBytes, SMALLEST_PLOT_BYTES } from '../plot/plot-plan.js';
import { checkPlot } from '../prove/check-plot.js';
import { deletePlotFiles } from '../registry/delete-plot.js';
import type { FolderState, RegisteredPlot } from '../registry/match-plots.js';
import type { PlotRegistry } from '../registry/plot-registry.js';
import { promisedBytes, reportFolders } from './folder-report.js';
import { isOver } from './job-file.js';
import type { FolderProbes } from './probe-folder.js';
import { unknownPlot } from './plot-jobs.js';
import type { JobWorker, PlotJobs } from './plot-jobs.js';
import { folderView, plotView } from './plot-views.js';
import type { MakeAsk, PlotAsk, PlotJob, PlotProcessOptions, PlotsAnswer } from './plot-word.js';

/** What answers asks. */
export interface PlotWorkParts {
  readonly options: Pick<PlotProcessOptions, 'folders' | 'keepFreeBytes'>;
  readonly registry: Pick<PlotRegistry, 'plots' | 'folders' | 'look' | 'remove' | 'judge'>;
  readonly jobs: Pick<PlotJobs, 'all' | 'add' | 'end' | 'retry'>;
  readonly probes: Pick<FolderProbes, 'of'>;
  readonly clock: Clock;
}

const NOTHING: PlotsAnswer = { folders: [], plots: [], jobs: [] };

/** Answers what is asked of the plots of a host. Throws `HeadframeError` for what cannot be done. */
export async function answerAsk(parts: PlotWorkParts, ask: PlotAsk): Promise<PlotsAnswer> {
  switch (ask.kind) {
    case 'list':
      return await listed(parts);
    case 'make':
      return { ...NOTHING, jobs: [await make(parts, ask)] };
    case 'check':
      return { ...NOTHING, jobs: [await check(parts, ask.plotId)] };
    case 'retry':
      return { ...NOTHING, jobs: [await retry(parts, ask.jobId)] };
    case 'drop':
      return await drop(parts, ask.id, ask.deleteFile);
  }
}

/** Does jobs with the plots of a registry. */
export function jobWorker(
  { threads, bytesPerSecond, keepFreeBytes }: Pick<PlotProcessOptions, 'threads' | 'bytesPerSecond' | 'keepFreeBytes'>,
  { registry, clock }: Pick<PlotWorkParts, 'registry' | 'clock'>,
): JobWorker {
  return async ({ kind, path, making }, onProgress, signal) => {
    if (kind === 'check') {
      const plot = registry.plots.find(({ filePath }) => filePath === path);
      if (plot?.header === undefined) throw plot?.problem ?? unknownPlot(path);
      const checked = { path, cachePath: plot.cacheFilePath, header: plot.header };
      await checkPlot(checked, { clock, signal, onProgress }).catch(async (error: unknown) => {
        const problem = toHeadframeError(error);
        if (problem.reason === 'plot_damaged') await registry.judge(path, problem);
        throw error;
      });
      // It may have a cache now, too.
      await registry.judge(path, undefined);
      return;
    }
    if (making === undefined) return;
    // One that a kill ended after its plot had its name is done, whatever its folder is called now.
    if (registry.plots.some((one) => basename(one.filePath) === basename(path) && one.status === 'Valid')) {
      await forgetMaking(path);
      return;
    }
    const [minerKey, plotSeed] = [making.minerKey, making.plotSeed].map((text) => Buffer.from(text, 'hex'));
    if (minerKey === undefined || plotSeed === undefined) return;
    const plan = { minerKey, plotSeed, leafCount: making.leafCount, topLevels: making.cacheLevels };
    await createPlot(
      { path, plan, threads, bytesPerSecond: bytesPerSecond ?? Infinity, keepFreeBytes },
      { clock, signal, onProgress },
    );
    await registry.look();
  };
}

async function listed({ registry, jobs, probes, options }: PlotWorkParts): Promise<PlotsAnswer> {
  await registry.look();
  const { folders, plots } = registry;
  const found = await Promise.all(folders.map(({ folder }) => probes.of(folder)));
  const reports = reportFolders({ folders, plots, jobs: jobs.all }, found, options.keepFreeBytes);
  const views = folders.flatMap((folder, at) => {
    const report = reports[at];
    return report === undefined ? [] : [folderView(folder, report, found[at]?.freeBytes ?? 0)];
  });
  return { folders: views, plots: plots.map(plotView), jobs: jobs.all };
}

async function make(parts: PlotWorkParts, ask: MakeAsk): Promise<PlotJob> {
  const { jobs, clock } = parts;
  if (ask.sizeBytes < SMALLEST_PLOT_BYTES) throw tooSmall(ask.sizeBytes);
  const leafCount = leafCountFor(ask.sizeBytes);
  const kept = cacheLevels(leafCount, ask.cacheLevels);
  const planned = plannedBytes({ leafCount }, kept === undefined ? 0 : cacheLayout(leafCount, kept).bytes);
  const folder = await folderFor(parts, ask.folder, planned);
  const plotSeed = randomBytes(32).toString('hex');
  const job: PlotJob = {
    id: randomUUID(),
    kind: 'make',
    path: join(folder, `plot_${randomBytes(16).toString('hex')}.plot`),
    state: 'waiting',
    ...{ doneBytes: 0, totalBytes: leafCount * LEAF_BYTES, bytesPerS: 0, reason: '', text: '' },
    ...{ createdAtMs: clock.nowMs(), endedAtMs: 0 },
    making: {
      minerKey: ask.minerKey || randomBytes(32).toString('hex'),
      plotSeed,
      leafCount,
      cacheLevels: ask.cacheLevels,
    },
  };
  await jobs.add(job);
  return job;
}

async function check({ registry, jobs, clock }: PlotWorkParts, plotId: string): Promise<PlotJob> {
  const plot = registry.plots.find((one) => one.plotId === plotId);
  if (plot === undefined) throw unknownPlot(plotId);
  if (plot.header === undefined) throw plot.problem ?? unknownPlot(plotId);
  const job: PlotJob = {
    ...{ id: randomUUID(), kind: 'check', path: plot.filePath, state: 'waiting' },
    ...{ doneBytes: 0, totalBytes: plot.spaceAllocatedBytes, bytesPerS: 0, reason: '', text: '' },
    ...{ createdAtMs: clock.nowMs(), endedAtMs: 0 },
  };
  await jobs.add(job);
  return job;
}

async function retry({ jobs }: PlotWorkParts, id: string): Promise<PlotJob> {
  const job = await jobs.retry(id);
  if (job === undefined) throw unknownPlot(id);
  return job;
}

async function drop(parts: PlotWorkParts, id: string, deleteFile: boolean): Promise<PlotsAnswer> {
  const { registry, jobs, options } = parts;
  const plot = registry.plots.find((one) => one.plotId === id);
  if (plot === undefined) return await dropJob(parts, id, deleteFile);
  if (jobs.all.some((job) => !isOver(job) && job.path === plot.filePath)) throw busy(plot);
  if (deleteFile) {
    if (!options.folders.includes(dirname(plot.filePath))) throw notAllowed(dirname(plot.filePath), options.folders);
    await deletePlotFiles(plot.filePath);
  }
  await registry.remove(id);
  return { ...NOTHING, plots: [plotView(plot)] };
}

async function dropJob({ jobs }: PlotWorkParts, id: string, deleteFile: boolean): Promise<PlotsAnswer> {
  const job = await jobs.end(id);
  if (job === undefined) throw unknownPlot(id);
  if (deleteFile && job.kind === 'make') {
    const names = ['.part', '.part.json', '.cache.part'].map((end) => `${job.path}${end}`);
    await Promise.all(names.map((name) => rm(name, { force: true })));
  }
  return { ...NOTHING, jobs: [job] };
}

/** The folder that was asked for, or the one with the most room; jobs that wait have their room already. */
async function folderFor(
  { registry, jobs, options, probes }: PlotWorkParts,
  wanted: string,
  bytes: number,
): Promise<string> {
  await registry.look();
  const usable = wanted === '' ? registry.folders : [folderOfName(registry.folders, wanted, options.folders)];
  const [first] = usable.filter(({ status }) => status !== 'well');
  if (wanted !== '' && first?.problem !== undefined) throw first.problem;
  const rooms = await Promise.all(
    usable
      .filter(({ status }) => status === 'well')
      .map(async ({ folder, disk }) => {
        const { freeBytes } = await probes.of(folder);
        return { folder, room: freeBytes - options.keepFreeBytes - promisedBytes(registry.folders, jobs.all, disk) };
      }),
  );
  const [best] = rooms.sort((a, b) => b.room - a.room);
  if (best === undefined) throw first?.problem ?? notAllowed(wanted, options.folders);
  if (best.room < bytes) throw diskFull(best.folder, { neededBytes: bytes, freeBytes: Math.max(0, best.room) });
  return best.folder;
}

/** The first name of a folder. Throws for one that is none of those that may be used. */
function folderOfName(folders: readonly FolderState[], wanted: string, allowed: readonly string[]): FolderState {
  const path = resolve(wanted);
  const named = folders.find(({ folder, realPath }) => folder === path || realPath === path);
  const found = folders.find(({ folder }) => folder === (named?.sameAs ?? named?.folder));
  if (found === undefined) throw notAllowed(wanted, allowed);
  return found;
}

function notAllowed(folder: string, folders: readonly string[]): HeadframeError {
  return new HeadframeError({
    code: 'permission_denied',
    reason: 'plot_folder_not_allowed',
    message: `${folder} is none of this host's folders of plots: ${folders.join(', ')}`,
    remedy: "Name one of them, or add it to plots.folders in the agent's configuration.",
  });
}

function tooSmall(bytes: number): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'plot_too_small',
    message: `a plot of ${String(bytes)} bytes is too small: 100 MiB is the least`,
    remedy: 'Ask for 100MiB or more.',
  });
}

function busy({ filePath }: RegisteredPlot): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'plot_busy',
    message: `${filePath} is being checked`,
    remedy: 'Wait for the check, or end it: headframe plots delete takes the id of a job, too.',
  });
}
