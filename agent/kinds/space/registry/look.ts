import { constants } from 'node:fs';
import { lstat, open, opendir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../../../common/disk/index.js';
import { toHeadframeError } from '../../../../common/model/error.js';
import type { HeadframeError } from '../../../../common/model/error.js';
import { malformed } from '../format/byte-reader.js';
import { LEAF_BYTES } from '../format/leaf.js';
import { decodePlotHeader, PLOT_HEADER_BYTES } from '../format/plot-header.js';
import type { PlotHeader } from '../format/plot-header.js';
import { folderTooFull, unreadableFolder, unreadablePlot } from './registry-errors.js';

/** Names in a folder that are looked at; what is behind them is not. */
const MOST_ENTRIES = 100_000;
/** Plots of a folder. */
const MOST_PLOTS = 10_000;

/** What stands under the name of a plot. */
export interface SeenPlot {
  readonly path: string;
  /** Of the file; 0 for what is none. */
  readonly bytes: number;
  readonly header?: PlotHeader;
  /** Why no proof can be made of it; beside a header, what a check of all of it has found. */
  readonly problem?: HeadframeError;
  /** Whether a file stands beside it that may be its cache. */
  readonly hasCache: boolean;
  /** The file system that it is on. */
  readonly device: string;
  /** Differs when the file was changed. */
  readonly stamp: string;
  /** Of the file, whatever it is called; '' where nobody knows. */
  readonly identity: string;
}

/** What was seen in a folder of plots. */
export interface FolderLook {
  readonly folder: string;
  /** `missing`: there is no such folder. */
  readonly status: 'well' | 'missing' | 'unreadable';
  readonly problem?: HeadframeError;
  /** The file system that it is on; undefined where it is missing. */
  readonly device: string | undefined;
  /** Of the folder, whatever it is called, and where links lead to; there where it was looked into. */
  readonly real?: { readonly identity: string; readonly path: string };
  readonly plots: readonly SeenPlot[];
}

/** What was seen of a plot before, by its path: a file that was not changed since is not opened again. */
export type Known = ReadonlyMap<string, SeenPlot>;

/** Looks at all that ends in `.plot` in a folder, not deeper; rejects for nothing that disks do. */
export async function lookInto(folder: string, known: Known, most = MOST_PLOTS): Promise<FolderLook> {
  try {
    const { dev, ino } = await stat(folder);
    const device = String(dev);
    const real = { identity: `${device}:${String(ino)}`, path: await realpath(folder) };
    const { names, isCut } = await plotNames(folder, most);
    const plots: SeenPlot[] = [];
    for (const name of names) {
      const seen = await lookAt(join(folder, name), known);
      if (seen !== undefined) plots.push(seen);
    }
    return { folder, status: 'well', device, real, plots, ...(isCut && { problem: folderTooFull(folder, most) }) };
  } catch (error) {
    const status = hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR') ? 'missing' : 'unreadable';
    return { folder, status, problem: unreadableFolder(folder, status, error), device: undefined, plots: [] };
  }
}

/** Looks at one plot; undefined where nothing has its name. */
export async function lookAt(path: string, known: Known): Promise<SeenPlot | undefined> {
  try {
    const found = await lstat(path);
    const stamp = [found.dev, found.ino, found.size, found.mtimeMs, found.ctimeMs].join(':');
    const [device, identity] = [String(found.dev), `${String(found.dev)}:${String(found.ino)}`];
    const seen = { path, hasCache: await isPlainFile(`${path}.cache`), device, stamp, identity };
    const before = known.get(path);
    if (before?.header !== undefined && before.stamp === stamp) return { ...before, hasCache: seen.hasCache };
    if (!found.isFile()) return { ...seen, bytes: 0, problem: noPlainFile(found.isSymbolicLink()) };
    return { ...seen, bytes: found.size, ...(await headerOf(path)) };
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return undefined;
    return {
      path,
      bytes: 0,
      problem: unreadablePlot(path, error),
      hasCache: false,
      device: '',
      stamp: '',
      identity: '',
    };
  }
}

/** In the order of their names, so that the same plots stand in the same order everywhere. */
async function plotNames(folder: string, most: number): Promise<{ names: readonly string[]; isCut: boolean }> {
  const names: string[] = [];
  let entries = 0;
  for await (const { name } of await opendir(folder)) {
    entries += 1;
    if (name.endsWith('.plot')) names.push(name);
    if (names.length > most || entries > MOST_ENTRIES) return { names: names.slice(0, most).sort(), isCut: true };
  }
  return { names: names.sort(), isCut: false };
}

async function headerOf(path: string): Promise<{ readonly header: PlotHeader } | { readonly problem: HeadframeError }> {
  // Somebody may have put a link or a pipe there since.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(PLOT_HEADER_BYTES), 0, PLOT_HEADER_BYTES, 0);
    const header = decodePlotHeader(buffer.subarray(0, bytesRead), (await file.stat()).size);
    if (header.leafSize === LEAF_BYTES) return { header };
    const text = `its leaves are of ${String(header.leafSize)} bytes, and proofs are made of those of 32`;
    return { problem: malformed('plot_damaged', { fault: 'leaf_size', offset: 45, text }) };
  } catch (error) {
    const problem = toHeadframeError(error);
    return { problem: problem.reason === 'plot_damaged' ? problem : unreadablePlot(path, error) };
  } finally {
    await file.close();
  }
}

function noPlainFile(isLink: boolean): HeadframeError {
  const text = isLink ? 'it is a symbolic link, which is not followed' : 'it is no plain file';
  return malformed('plot_damaged', { fault: isLink ? 'link' : 'kind', offset: 0, text });
}

async function isPlainFile(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isFile() === true;
}
