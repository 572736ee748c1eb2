import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { nodeDisk, systemProcesses, takeLock } from '../../../../common/disk/index.js';
import type { Lock } from '../../../../common/disk/index.js';
import { systemClock as clock } from '../../../../common/model/clock.js';
import { HeadframeError, toHeadframeError } from '../../../../common/model/error.js';
import type { ReportedPlotFolder } from '../../../../common/model/plot-folder.js';
import { openRegistry } from '../registry/plot-registry.js';
import type { RegistryReport } from '../registry/plot-registry.js';
import { watchFolders } from '../registry/watch-folders.js';
import { leave, leaveNow } from '../leave.js';
import { tellFolders } from './folder-news.js';
import { FolderProbes } from './probe-folder.js';
import { answerAsk, jobWorker } from './plot-work.js';
import type { PlotWorkParts } from './plot-work.js';
import { openJobs } from './plot-jobs.js';
import { noteOf } from './plot-notes.js';
import type { FromPlotProcess, PlotNote, PlotProcessOptions, ToPlotProcess } from './plot-word.js';

/** A program of its own, so that no agent hashes or waits for disks: it is told how to work, then asked, over the channel of its parent. */
const stop = new AbortController();
const working = new Map<string, Promise<unknown>>();
let parts: Promise<PlotWorkParts> | undefined;
/** Longer than the agent waits. */
const END_WITHIN_MS = 30_000;

// Miners and the agent come first.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
// Only its parent ends it: what a terminal or a service manager sends goes to all of a group at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.once('disconnect', () => {
  stop.abort(new Error('the agent is gone'));
  // What a disk does not take in this time it may never take; all that was put on stable storage is gone on with.
  setTimeout(() => leaveNow(1), END_WITHIN_MS).unref();
});
process.on('message', (word: ToPlotProcess) => {
  if ('options' in word) parts = open(word.options);
  else void answer(word);
});

async function answer({ id, ask }: Extract<ToPlotProcess, { readonly ask: unknown }>): Promise<void> {
  try {
    if (parts === undefined) throw new Error('nothing was said of how to work');
    tell({ id, answer: await answerAsk(await parts, ask) });
  } catch (error) {
    const { code, reason, message } = toHeadframeError(error);
    tell({ id, error: { code, reason, message } });
  }
}

async function open(options: PlotProcessOptions): Promise<PlotWorkParts> {
  try {
    const lock = await locked(join(options.stateFolder, 'lock'));
    const listPath = join(options.stateFolder, 'plots_metadata.json');
    const tools = { clock, report: (news: RegistryReport) => note(noteOf(news)) };
    const registry = await openRegistry({ folders: options.folders, listPath }, tools);
    const jobs = await openJobs({
      path: join(options.stateFolder, 'jobs.json'),
      work: jobWorker(options, { registry, clock }),
      onNote: note,
      clock,
    });
    working.set('jobs', jobs.run(stop.signal));
    working.set('folders', watchFolders(registry, clock, stop.signal));
    const probes = new FolderProbes(clock);
    const news = { registry, jobs, probes, clock, keepFreeBytes: options.keepFreeBytes };
    const tellReported = (reported: readonly ReportedPlotFolder[]): void => tell({ reported });
    working.set('news', tellFolders({ ...news, tell: tellReported }, stop.signal));
    void Promise.all(working.values()).then(() => end(lock), fail);
    return { options, registry, jobs, probes, clock };
  } catch (error) {
    fail(error);
    throw error;
  }
}

/** The process of before may still put on stable storage what it made. */
async function locked(path: string): Promise<Lock> {
  await nodeDisk.makeFolder(join(path, '..'));
  for (let wait = 0; ; wait += 1) {
    try {
      return await takeLock(nodeDisk, path, systemProcesses());
    } catch (error) {
      if (!(error instanceof HeadframeError) || error.reason !== 'locked' || wait > 300) throw error;
      await clock.sleep(200, stop.signal);
    }
  }
}

async function end(lock: Lock): Promise<void> {
  await lock.release();
  await leave(0);
}

/** Whoever started it starts another one, which reads from disk how things are. */
function fail(error: unknown): void {
  process.stderr.write(`${toHeadframeError(error).message}\n`);
  leaveNow(1);
}

function note(told: PlotNote): void {
  tell({ note: told });
}

function tell(word: FromPlotProcess): void {
  // Nobody is there to be told any more once the channel is closed.
  if (process.connected) process.send?.(word);
}
