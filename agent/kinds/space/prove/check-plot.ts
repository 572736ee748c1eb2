import { writeWhole } from '../../../../common/disk/index.js';
import type { Clock } from '../../../../common/model/clock.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { REASONS } from '../../../../common/model/reason.js';
import { malformed } from '../format/byte-reader.js';
import { encodeCache } from '../format/cache-file.js';
import { LEAF_BYTES, levelWidth, treeHeight } from '../format/leaf.js';
import { TreeFolder } from '../format/merkle.js';
import type { PlotHeader } from '../format/plot-header.js';
import { compileApart } from '../kernel/compile-apart.js';
import { openCache } from './cache-nodes.js';
import { TOP_LEVEL } from './merkle-path.js';
import { UNIT_LEAVES } from './scan-job.js';
import { openDisk } from './scan-threads.js';

/** A plot to be checked. */
export interface CheckedPlot {
  readonly path: string;
  /** '' for none. */
  readonly cachePath: string;
  readonly header: PlotHeader;
}

/** What a check works with. */
export interface CheckTools {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: {
    readonly doneBytes: number;
    readonly totalBytes: number;
    readonly bytesPerS: number;
    /** Infinity while that is not known. */
    readonly leftS: number;
  }) => void;
}

/** For one read of 2 MiB: whoever checks wants to know what is there, however slowly. */
const READ_TIMEOUT_MS = 120_000;
const TOLD_EVERY_MS = 1_000;
const NODES_AT_ONCE = 2_048;

/**
 * Reads all leaves of a plot in a thread of its own and folds them to the root, and so its cache; one that has none gets a cache by which no proof
 * reads more than 2 MiB. Throws `HeadframeError`: 'plot_damaged', 'plot_cache_damaged', 'plot_unreadable', 'plot_cache_unwritten'; and the reason of
 * the signal.
 */
export async function checkPlot(plot: CheckedPlot, { clock, signal, onProgress }: CheckTools): Promise<void> {
  const { path, cachePath, header } = plot;
  const disk = openDisk({ threads: 1, readTimeoutMs: READ_TIMEOUT_MS, clock, kernels: await compileApart() });
  const { leafCount, headerHash, merkleRoot } = header;
  const totalBytes = leafCount * LEAF_BYTES;
  const startedMs = clock.monotonicMs();
  const onReads = (reads: number): void => {
    const doneBytes = Math.min(totalBytes, Math.max(0, reads - 1) * UNIT_LEAVES * LEAF_BYTES);
    const bytesPerS = (1000 * doneBytes) / Math.max(1, clock.monotonicMs() - startedMs);
    onProgress({
      doneBytes,
      totalBytes,
      bytesPerS,
      leftS: bytesPerS > 0 ? (totalBytes - doneBytes) / bytesPerS : Infinity,
    });
  };
  let top: readonly Uint8Array[];
  try {
    // A path without a cache takes a pass over all leaves, which has to end in the root.
    const whole = { plot: { path, leafCount, headerHash, merkleRoot, cachePath: undefined }, index: 0 };
    ({ top = [] } = await disk.scanner.path({
      ...whole,
      deadlineMs: Infinity,
      signal,
      onReads,
      lookEveryMs: TOLD_EVERY_MS,
    }));
  } finally {
    disk.close();
  }
  if (cachePath !== '') await checkCache(cachePath, header, signal);
  else if (top.length > 0) await keepCache(`${path}.cache`, leafCount, top);
}

async function keepCache(path: string, leafCount: number, top: readonly Uint8Array[]): Promise<void> {
  const height = treeHeight(leafCount);
  const levels = { first: TOP_LEVEL, last: height - 1, levels: top.map((nodes) => Buffer.from(nodes)) };
  try {
    await writeWhole(path, encodeCache(leafCount, { ...levels, treeHeight: height }), 0o600);
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    const message = `the plot is sound, but the cache ${path} could not be written: ${text}`;
    throw new HeadframeError({
      ...{ code: 'unavailable', reason: 'plot_cache_unwritten', message, cause },
      remedy: REASONS.plot_cache_unwritten.remedy,
    });
  }
}

/** Folds the lowest level of a cache; the others have to be what comes of it. */
async function checkCache(path: string, { leafCount, merkleRoot }: PlotHeader, signal: AbortSignal): Promise<void> {
  const cache = open(path, leafCount);
  try {
    const differs: number[] = [];
    const folder = new TreeFolder(leafCount, cache.first, (level, index, node) => {
      if (node.equals(merkleRoot) || level === cache.first || differs.length > 0) return;
      if (level < folder.height && !cache.node(level, index).equals(node)) differs.push(level);
    });
    const width = levelWidth(leafCount, cache.first);
    for (let index = 0; index < width; index += 1) {
      folder.add(cache.node(cache.first, index));
      if (index % NODES_AT_ONCE !== NODES_AT_ONCE - 1) continue;
      await new Promise((settle) => setImmediate(settle));
      signal.throwIfAborted();
    }
    if (folder.root?.equals(merkleRoot) === true && differs.length === 0) return;
    const text = 'the nodes of the cache do not lead to the root of the plot';
    throw malformed('plot_cache_damaged', { fault: 'root', offset: 0, text });
  } finally {
    cache.close();
  }
}

function open(path: string, leafCount: number): ReturnType<typeof openCache> {
  try {
    return openCache(path, leafCount);
  } catch (error) {
    if (error instanceof HeadframeError) throw error;
    const text = `the cache cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    throw malformed('plot_cache_damaged', { fault: 'unreadable', offset: 0, text });
  }
}
