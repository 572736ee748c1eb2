import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { Clock } from '../../../../common/model/clock.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { MOST_CACHE_LEVELS, usualCacheLevels } from '../../../../common/model/plot-cache-levels.js';
import { LEAF_BYTES } from '../format/leaf.js';
import { formatBytes, formatSize, parseSize } from '../format/size-text.js';
import { createPlot } from '../plot/create-plot.js';
import type { PlotMade } from '../plot/create-plot.js';
import type { PlotProgress } from '../plot/making.js';
import { openKeyFile } from './key-file.js';
import { tellOfNewPlot } from './plot-list.js';
import { listOf } from './world.js';
import type { SpaceCall, SpaceFlags, SpaceWorld } from './world.js';

/** Inclusive, as in the reference. */
const SMALLEST_BYTES = 100 * 1024 ** 2;
const MOST_THREADS = 16;
/** What stays free on the disk, so that nothing else on it fails. */
const KEEP_FREE_BYTES = 100 * 1024 ** 2;
const TELL_EVERY_MS = 2000;

/** What a plot is to be, from the flags. */
export interface CreatePlan {
  readonly leafCount: number;
  readonly topLevels: number;
  readonly threads: number;
  readonly bytesPerSecond: number;
}

/** Reads the flags. Throws `HeadframeError` (invalid_argument, 'usage') naming the flag. */
export function readCreateFlags(flags: SpaceFlags): CreatePlan {
  const [size, rate] = [textOf(flags['size']) ?? '', textOf(flags['rate'])];
  const bytes = parseSize(size);
  if (bytes === undefined) throw refused('--size', size, 'a number with MB or GB, else of gigabytes, such as 1.5GB');
  if (bytes < SMALLEST_BYTES) throw refused('--size', size, `at least ${formatSize(SMALLEST_BYTES)}`);
  const bytesPerSecond = rate === undefined ? Infinity : parseSize(rate);
  if (bytesPerSecond === undefined) throw refused('--rate', rate ?? '', 'a number with MB or GB, such as 100MB');
  const leafCount = Math.floor(bytes / LEAF_BYTES);
  const said = textOf(flags['cacheLevels']);
  const levels =
    said === undefined ? usualCacheLevels(leafCount) : wholeNumber('--cache-levels', said, 0, MOST_CACHE_LEVELS);
  const threads = textOf(flags['threads']);
  return {
    leafCount,
    topLevels: flags['cache'] === true ? levels : 0,
    threads:
      threads === undefined
        ? Math.min(availableParallelism(), MOST_THREADS)
        : wholeNumber('--threads', threads, 1, MOST_THREADS),
    bytesPerSecond,
  };
}

/** Makes a plot and lists it. Throws like `readCreateFlags`, `openKeyFile` and `createPlot`. */
export async function createCommand(call: SpaceCall, flags: SpaceFlags): Promise<void> {
  const { settings, world } = call;
  const { clock, signal, print } = world;
  const { leafCount, topLevels, threads, bytesPerSecond } = readCreateFlags(flags);
  const path = resolve(
    settings.plotDirectory,
    textOf(flags['output']) ?? `plot_${randomBytes(16).toString('hex')}.plot`,
  );
  const { key, isNew } = await openKeyFile(settings.privateKeyPath, randomBytes);
  if (isNew) print(`made the key ${settings.privateKeyPath}; keep a copy of it`);
  print(`making ${path}, ${formatBytes(leafCount * LEAF_BYTES)}, with ${String(threads)} threads`);
  const plan = { minerKey: key.plotKey, plotSeed: randomBytes(32), leafCount, topLevels };
  const request = { path, plan, threads, bytesPerSecond, keepFreeBytes: KEEP_FREE_BYTES };
  const made = await createPlot(request, { clock, signal, onProgress: progressLines(clock, print) });
  printMade(path, made, print);
  print(
    (await tellOfNewPlot(listOf(call), path)) ? 'it is listed' : 'it is listed once its folder is that of the settings',
  );
}

function printMade(path: string, { merkleRoot, resumedLeaves }: PlotMade, print: SpaceWorld['print']): void {
  if (resumedLeaves > 0) print(`went on after ${formatBytes(resumedLeaves * LEAF_BYTES)} of an earlier run`);
  print(`made ${path}`);
  print(`Merkle root: ${merkleRoot.toString('hex').toUpperCase()}`);
}

/** Tells of progress now and then. */
function progressLines(clock: Clock, print: SpaceWorld['print']): (progress: PlotProgress) => void {
  let toldMs = clock.monotonicMs();
  return ({ doneBytes, totalBytes, bytesPerS, leftS }) => {
    const nowMs = clock.monotonicMs();
    if (nowMs - toldMs < TELL_EVERY_MS) return;
    toldMs = nowMs;
    const percent = ((doneBytes / totalBytes) * 100).toFixed(1);
    const left = Number.isFinite(leftS) ? `, ${String(Math.ceil(leftS))} s left` : '';
    print(`${percent}% of ${formatBytes(totalBytes)}, ${formatBytes(bytesPerS)}/s${left}`);
  };
}

function textOf(flag: string | boolean | undefined): string | undefined {
  return typeof flag === 'string' ? flag : undefined;
}

function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw refused(flag, text, `a whole number from ${String(min)} to ${String(max)}`);
}

function refused(flag: string, value: string, expected: string): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'usage',
    message: `${flag} is ${JSON.stringify(value)}, and should be ${expected}`,
    remedy: 'Add --help to see what the command takes.',
    metadata: { flag, value },
  });
}
