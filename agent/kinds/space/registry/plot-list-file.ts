import { open, rename } from 'node:fs/promises';
import { hasCode, writeWhole } from '../../../../common/disk/index.js';
import { HeadframeError, toHeadframeError } from '../../../../common/model/error.js';
import { malformed } from '../format/byte-reader.js';
import { decodePlotList, encodePlotList } from '../format/plot-list.js';
import type { ListedPlot } from '../format/plot-list.js';

/** Of a list that is read: some 100,000 plots. */
const MOST_BYTES = 64 * 1024 * 1024;

/** What a list of plots held. */
export interface ReadList {
  readonly plots: readonly ListedPlot[];
  /** Where a damaged one was put, and why. */
  readonly setAside?: { readonly path: string; readonly problem: HeadframeError };
}

/** Reads plots_metadata.json; one that is damaged is renamed and leaves an empty list. Throws what the disk throws. */
export async function readPlotList(path: string, nowMs: number): Promise<ReadList> {
  try {
    return { plots: decodePlotList(await textOf(path)) };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { plots: [] };
    if (!(error instanceof HeadframeError)) throw error;
    const aside = `${path}.corrupt.${stampOf(nowMs)}`;
    await rename(path, aside);
    return { plots: [], setAside: { path: aside, problem: toHeadframeError(error) } };
  }
}

/** Writes plots_metadata.json durably, whole or not at all. */
export async function writePlotList(path: string, plots: readonly ListedPlot[]): Promise<void> {
  await writeWhole(path, encodePlotList(plots));
}

/** The time in UTC as the list writes it: without the zeros at the end of its decimals. */
export function listedTime(nowMs: number): string {
  return new Date(nowMs).toISOString().replace(/\.?0+Z$/, 'Z');
}

async function textOf(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size <= MOST_BYTES) return await file.readFile('utf8');
    const text = `the list has ${String(size)} bytes, and ${String(MOST_BYTES)} are read at most`;
    throw malformed('plot_list_damaged', { fault: 'too_large', offset: MOST_BYTES, text });
  } finally {
    await file.close();
  }
}

function stampOf(nowMs: number): string {
  return new Date(nowMs)
    .toISOString()
    .replaceAll(/[^0-9]/g, '')
    .slice(0, 14);
}
