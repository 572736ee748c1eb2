import { constants } from 'node:fs';
import { lstat, open, rename, rm, stat, statfs } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode, nodeDisk } from '../../../../common/disk/index.js';
import type { Clock } from '../../../../common/model/clock.js';
import { cacheLayout, encodeCacheHead, encodeLevelHead } from '../format/cache-file.js';
import { leafOf, LEAF_BYTES, treeHeight } from '../format/leaf.js';
import { encodePlotHeader, PLOT_HEADER_BYTES, plotFileBytes } from '../format/plot-header.js';
import { compileApart } from '../kernel/compile-apart.js';
import type { WasmModule } from '../kernel/web-assembly.js';
import { PlotMaking } from './making.js';
import type { PlotProgress } from './making.js';
import { chunkAt, keptLevels, plannedBytes } from './plot-plan.js';
import type { PlotPlan } from './plot-plan.js';
import { diskFull, plotExists, plotFailure } from './plot-errors.js';
import { PlotThreads } from './plot-threads.js';
import { readResume, writeResume } from './resume-record.js';
import type { ResumeRecord } from './resume-record.js';

/** A plot that is asked for. */
export interface PlotRequest {
  /** Of the finished file, which must not be there. Its cache stands beside it. */
  readonly path: string;
  readonly plan: PlotPlan;
  /** 1 or more. */
  readonly threads: number;
  /** Bytes of plot a second at most; Infinity for no limit. */
  readonly bytesPerSecond: number;
  /** Bytes that stay free on the disk. */
  readonly keepFreeBytes: number;
}

/** What a plot is made by. */
export interface PlotTools {
  readonly clock: Clock;
  /** Ends the making; what is made is kept, and the same request goes on from there. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: PlotProgress) => void;
  /** Compiled ones, where there are some; else they are compiled in a thread of their own, for that takes a fifth of a second. */
  readonly kernels?: WasmModule | undefined;
}

/** A plot that was made. */
export interface PlotMade {
  readonly merkleRoot: Buffer;
  /** As planned, or as begun by an earlier run, whose seed stays. */
  readonly plan: PlotPlan;
  /** Leaves that an earlier run had made. */
  readonly resumedLeaves: number;
  /** Whether it was written past the cache of the operating system; not every file system can. */
  readonly isUncached: boolean;
}

/** Leaves of an earlier run that are made again and compared. */
const SAMPLE = 64;

/** Names of the files while the plot is made. */
interface Parts {
  readonly plot: string;
  readonly cache: string;
  readonly record: string;
}

/**
 * Makes a plot in one pass, in files of other names that take theirs when all is on stable storage. After a kill the same request goes on
 * from what was last recorded. Throws `HeadframeError`: 'plot_exists', 'plot_disk_full' before anything is written if it would not fit and when
 * others filled the disk, 'plot_write_failed' for what else the disk says; and the reason of the signal.
 */
export async function createPlot(request: PlotRequest, tools: PlotTools): Promise<PlotMade> {
  const { path } = request;
  const parts = partsOf(path);
  try {
    if (await isThere(path)) {
      await forgetMaking(path);
      throw plotExists(path);
    }
    await nodeDisk.makeFolder(dirname(path));
    const record = await resumable(request, parts);
    const plan = record?.plan ?? request.plan;
    await checkRoom(request, plan, parts);
    return await make({ ...request, plan }, tools, parts, record);
  } catch (error) {
    throw tools.signal.aborted ? error : plotFailure(path, error);
  }
}

/** Removes the record of a making that has come to its end: a kill may have left it behind. */
export async function forgetMaking(path: string): Promise<void> {
  const { plot, record } = partsOf(path);
  if (!(await isThere(plot))) await rm(record, { force: true });
}

function partsOf(path: string): Parts {
  return { plot: `${path}.part`, cache: `${path}.cache.part`, record: `${path}.part.json` };
}

async function make(
  request: PlotRequest,
  tools: PlotTools,
  parts: Parts,
  record: ResumeRecord | undefined,
): Promise<PlotMade> {
  const { plan } = request;
  if (record === undefined)
    await Promise.all([parts.plot, parts.cache, parts.record].map((name) => rm(name, { force: true })));
  const kernels = tools.kernels ?? (await compileApart());
  const { file, isUncached } = await openForWriting(parts.plot, kernels !== undefined);
  const cache =
    keptLevels(plan) === undefined ? undefined : await open(parts.cache, constants.O_CREAT | constants.O_WRONLY, 0o600);
  const threads = new PlotThreads(kernels, plan, { plot: file.fd, cache: cache?.fd });
  try {
    const sync = (): Promise<unknown> => Promise.all([file.datasync(), cache?.datasync()]);
    const checkpoint = async (state: ResumeRecord['state']): Promise<void> => {
      await sync();
      await writeResume(parts.record, { plan, state });
    };
    const cut = (chunks: number): Promise<void> => file.truncate(chunkAt(plan.leafCount, chunks).position);
    const making = new PlotMaking(
      { plan, cache, checkpoint, cut, ...tools, bytesPerSecond: request.bytesPerSecond },
      record?.state,
    );
    const merkleRoot = await making.run(threads.start(request.threads));
    if (cache !== undefined) await writeCacheHeads(cache, plan);
    await file.truncate(plotFileBytes(plan));
    await sync();
    await finish(request.path, parts, encodePlotHeader({ ...plan, merkleRoot }), cache !== undefined);
    const resumedLeaves = record === undefined ? 0 : chunkAt(plan.leafCount, record.state.counts[0] ?? 0).first;
    return { merkleRoot, plan, resumedLeaves, isUncached };
  } finally {
    await threads.close();
    await Promise.all([file.close(), cache?.close()]);
  }
}

/** The cache takes its name first: a kill in between leaves a plot that is gone on with, and never one without what was asked for. */
async function finish(path: string, parts: Parts, header: Buffer, hasCache: boolean): Promise<void> {
  const file = await open(parts.plot, 'r+');
  try {
    await file.write(header, 0, header.length, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  if (hasCache) await rename(parts.cache, `${path}.cache`);
  await rename(parts.plot, path);
  await nodeDisk.syncFolder(dirname(path));
  await rm(parts.record, { force: true });
}

/** What an earlier run left, if all of it is there and is of this request's shape; its own key and seed are gone on with. */
async function resumable({ path, plan }: PlotRequest, parts: Parts): Promise<ResumeRecord | undefined> {
  const record = await readResume(parts.record);
  if (record === undefined) return undefined;
  const isSame = ['leafCount', 'topLevels'] as const;
  if (isSame.some((key) => record.plan[key] !== plan[key]) || !record.plan.minerKey.equals(plan.minerKey))
    return undefined;
  if (keptLevels(plan) !== undefined) {
    // A kill between both renames: the cache has its name already, and the plot has not.
    const isNamed = !(await isThere(parts.cache)) && (await isThere(`${path}.cache`));
    if (isNamed) await rename(`${path}.cache`, parts.cache);
    else if (!(await isThere(parts.cache))) return undefined;
  }
  return (await hasLeaves(record, parts.plot)) ? record : undefined;
}

/** Whether the last leaves that the record counts are in the file. */
async function hasLeaves({ plan, state }: ResumeRecord, path: string): Promise<boolean> {
  const end = chunkAt(plan.leafCount, state.counts[0] ?? 0).first;
  const [file, first] = [await open(path, 'r').catch(() => undefined), Math.max(0, end - SAMPLE)];
  if (file === undefined) return false;
  try {
    const wanted = Array.from({ length: end - first }, (_, at) =>
      leafOf(plan.minerKey, plan.plotSeed, BigInt(first + at)),
    );
    // The chunk after it writes what of them shares its first block.
    const bytes = (end - first - Math.ceil(PLOT_HEADER_BYTES / LEAF_BYTES)) * LEAF_BYTES;
    const found = Buffer.alloc(bytes);
    await file.read(found, 0, bytes, PLOT_HEADER_BYTES + first * LEAF_BYTES);
    return found.equals(Buffer.concat(wanted).subarray(0, bytes));
  } finally {
    await file.close();
  }
}

async function checkRoom({ path, keepFreeBytes }: PlotRequest, plan: PlotPlan, parts: Parts): Promise<void> {
  const kept = keptLevels(plan);
  const whole = plannedBytes(plan, kept === undefined ? 0 : cacheLayout(plan.leafCount, kept).bytes);
  const held = await Promise.all([parts.plot, parts.cache].map(allocated));
  const { bavail, bsize } = await statfs(dirname(path));
  const neededBytes = whole - held.reduce((sum, bytes) => sum + bytes, 0);
  const freeBytes = bavail * bsize - keepFreeBytes;
  if (neededBytes > freeBytes) throw diskFull(path, { neededBytes, freeBytes: Math.max(0, freeBytes) });
}

async function writeCacheHeads(cache: FileHandle, plan: PlotPlan): Promise<void> {
  const kept = keptLevels(plan);
  if (kept === undefined) return;
  const { starts } = cacheLayout(plan.leafCount, kept);
  await cache.write(encodeCacheHead(treeHeight(plan.leafCount), kept), 0, undefined, 0);
  for (const [level, start] of starts) {
    const head = encodeLevelHead(plan.leafCount, level);
    await cache.write(head, 0, head.length, start - head.length);
  }
}

/**
 * Opens a file for writing past the cache of the operating system, or through it where the file system refuses that. It takes memory on
 * a boundary of blocks, which only that of WebAssembly is.
 */
async function openForWriting(
  path: string,
  isAligned: boolean,
): Promise<{ readonly file: FileHandle; readonly isUncached: boolean }> {
  const flags = constants.O_CREAT | constants.O_WRONLY;
  if (!isAligned) return { file: await open(path, flags, 0o600), isUncached: false };
  try {
    return { file: await open(path, flags | constants.O_DIRECT, 0o600), isUncached: true };
  } catch (error) {
    if (!hasCode(error, 'EINVAL')) throw error;
    return { file: await open(path, flags, 0o600), isUncached: false };
  }
}

async function allocated(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return (found?.blocks ?? 0) * 512;
}

async function isThere(path: string): Promise<boolean> {
  const found = await lstat(path).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  return found !== undefined;
}
