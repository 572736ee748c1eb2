import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { hasCode } from '../../../../common/disk/index.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { malformed } from '../format/byte-reader.js';
import { LEAF_BYTES } from '../format/leaf.js';
import { decodePlotHeader, PLOT_HEADER_BYTES } from '../format/plot-header.js';
import type { SpaceKernel } from '../kernel/kernel.js';
import { BLOCK_BYTES } from '../plot/plot-plan.js';
import { UNIT_LEAVES } from './scan-job.js';
import type { ScanPlot } from './scan-job.js';

/** Where in the memory of a kernel, from its start on, the leaves stand that were read. */
export const LEAVES_AT = PLOT_HEADER_BYTES;
/** Memory for what is read at once. */
export const READ_BYTES = UNIT_LEAVES * LEAF_BYTES + BLOCK_BYTES;

/**
 * Opens a plot for reading past the cache of the operating system, where file system and kernel can do that, and looks whether it is the one
 * that is meant. Throws `HeadframeError` ('plot_damaged', 'plot_unreadable').
 */
export function openPlot(plot: ScanPlot, kernel: SpaceKernel): number {
  const file = openForReading(plot.path, kernel.name !== 'node');
  try {
    const found = fstatSync(file);
    if (!found.isFile()) throw unreadable(plot.path, new Error('it is no plain file'));
    const read = readAt(file, kernel, { path: plot.path, position: 0, bytes: BLOCK_BYTES });
    const head = kernel.memory.subarray(kernel.start, kernel.start + read);
    const header = decodePlotHeader(head, found.size);
    if (header.leafSize !== LEAF_BYTES) throw differs('leaf_size', 45, 'its leaves are not of 32 bytes');
    if (!header.headerHash.equals(plot.headerHash))
      throw differs('header', 0, 'it is another plot than the one listed');
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** Reads leaves to the start of a kernel's memory plus `LEAVES_AT`; `first` is a multiple of 128. Throws like `openPlot`. */
export function readLeaves(
  file: number,
  kernel: SpaceKernel,
  { path, first, count }: { readonly path: string; readonly first: number; readonly count: number },
): void {
  const position = first * LEAF_BYTES;
  const wanted = LEAVES_AT + count * LEAF_BYTES;
  const bytes = Math.ceil(wanted / BLOCK_BYTES) * BLOCK_BYTES;
  const read = readAt(file, kernel, { path, position, bytes });
  if (read < wanted) throw differs('truncated', position + read, 'it ends before its leaves do');
}

/** Reads whole blocks; fewer bytes at the end of the file alone. */
function readAt(
  file: number,
  { memory, start }: SpaceKernel,
  { path, position, bytes }: { readonly path: string; readonly position: number; readonly bytes: number },
): number {
  try {
    let done = 0;
    let step = 0;
    do {
      step = readSync(file, memory, start + done, bytes - done, position + done);
      done += step;
      // Less than whole blocks is the end of the file, behind which none of them begins.
    } while (step > 0 && step % BLOCK_BYTES === 0 && done < bytes);
    return done;
  } catch (error) {
    throw unreadable(path, error);
  }
}

function openForReading(path: string, isAligned: boolean): number {
  // Whoever put a pipe there does not hold the thread.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  try {
    return openSync(path, isAligned ? flags | constants.O_DIRECT : flags);
  } catch (error) {
    if (!isAligned || !hasCode(error, 'EINVAL')) throw unreadable(path, error);
    return openForReading(path, false);
  }
}

function differs(fault: string, offset: number, text: string): HeadframeError {
  return malformed('plot_damaged', { fault, offset, text });
}

function unreadable(path: string, cause: unknown): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'plot_unreadable',
    message: `the plot ${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    remedy: 'See whether its disk is there and well.',
    cause,
  });
}
