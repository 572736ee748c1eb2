import { ByteReader, malformed } from './byte-reader.js';
import { i32, i64 } from './integers.js';
import { LEAF_BYTES, levelWidth, treeHeight } from './leaf.js';

const MAGIC = Buffer.from('MKTC');
const VERSION = 1;
const HASH = Buffer.from('SHA-256');
const NODE_BYTES = 32;
const NAME_MOST = 1024;
const MOST = 2 ** 31 - 1;

/** The levels of a tree that are kept beside its plot: the topmost below the root. */
export interface CacheLevels {
  /** The lowest one kept; 1 or more. */
  readonly first: number;
  /** The one below the root. */
  readonly last: number;
}

/** What a cache file holds. */
export interface PlotCache extends CacheLevels {
  readonly treeHeight: number;
  /** The nodes of each level one after the other, from `first` upwards. */
  readonly levels: readonly Buffer[];
}

/** The levels that are kept where `topLevels` are asked for; undefined where there are none and no file is written. */
export function cacheLevels(leafCount: number, topLevels: number): CacheLevels | undefined {
  const height = treeHeight(leafCount);
  if (topLevels < 1 || height < 2) return undefined;
  return { first: Math.max(1, height - topLevels), last: height - 1 };
}

/** Bytes of the head of a cache file: what stands before its first level. */
export function encodeCacheHead(height: number, { first, last }: CacheLevels): Buffer {
  const numbers = [NODE_BYTES, first, last, last - first + 1].map(i32);
  return Buffer.concat([MAGIC, Buffer.from([VERSION]), i32(height), i32(HASH.length), HASH, ...numbers]);
}

/** What stands before the nodes of each level. */
export function encodeLevelHead(leafCount: number, level: number): Buffer {
  return Buffer.concat([i32(level), i64(levelWidth(leafCount, level))]);
}

/** Where in a cache file the first node of each kept level stands, and what the whole file takes. */
export function cacheLayout(
  leafCount: number,
  kept: CacheLevels,
): { starts: ReadonlyMap<number, number>; bytes: number } {
  const starts = new Map<number, number>();
  let at = encodeCacheHead(treeHeight(leafCount), kept).length;
  for (let level = kept.first; level <= kept.last; level += 1) {
    at += encodeLevelHead(leafCount, level).length;
    starts.set(level, at);
    at += levelWidth(leafCount, level) * NODE_BYTES;
  }
  return { starts, bytes: at };
}

/** A whole cache file. */
export function encodeCache(leafCount: number, cache: PlotCache): Buffer {
  const levels = cache.levels.flatMap((nodes, at) => [encodeLevelHead(leafCount, cache.first + at), nodes]);
  return Buffer.concat([encodeCacheHead(cache.treeHeight, cache), ...levels]);
}

/**
 * Reads a whole cache file; what it holds is no more than its bytes. Throws `HeadframeError` (data_loss, 'plot_cache_damaged').
 * Whether it belongs to a plot is not known by that: see `cacheFault`.
 */
export function decodeCache(bytes: Uint8Array): PlotCache {
  const reader = new ByteReader(bytes, 'plot_cache_damaged');
  if (!reader.take(MAGIC.length).equals(MAGIC)) throw reader.fault('magic', 'a cache begins with the letters MKTC', 0);
  const version = reader.u8();
  if (version !== VERSION) throw reader.fault('version', `the version is ${String(version)}, not 1`, 4);
  const height = reader.i32Within(0, MOST, 'tree_height');
  const nameBytes = reader.i32Within(0, NAME_MOST, 'hash_name');
  const name = reader.take(nameBytes).toString();
  if (name.trim() === '') throw reader.fault('hash_name', 'the name of the hash is blank');
  const hashBytes = reader.i32Within(1, MOST, 'hash_size');
  if (name !== HASH.toString() || hashBytes !== NODE_BYTES) {
    throw reader.fault('hash_name', 'nodes are of 32 bytes by SHA-256, and these are not');
  }
  const first = reader.i32Within(0, MOST, 'first_level');
  const last = reader.i32Within(first, height > 0 ? height - 1 : MOST, 'last_level');
  reader.i32Within(last - first + 1, last - first + 1, 'level_count');
  const levels = readLevels(reader, { first, last });
  if (reader.left > 0) throw reader.fault('trailing', `${String(reader.left)} bytes are left after the last level`);
  return { treeHeight: height, first, last, levels };
}

function readLevels(reader: ByteReader, { first, last }: CacheLevels): Buffer[] {
  const found = new Map<number, Buffer>();
  for (let count = last - first + 1; count > 0; count -= 1) {
    const offset = reader.offset;
    const level = reader.i32Within(first, last, 'level');
    if (found.has(level)) throw reader.fault('level', `level ${String(level)} is there twice`, offset);
    const nodes = reader.i64From(0n, 'node_count');
    const wanted = nodes * BigInt(NODE_BYTES);
    if (wanted > BigInt(reader.left)) throw reader.fault('short', `${String(nodes)} nodes are more than the file has`);
    found.set(level, reader.take(Number(wanted)));
  }
  return [...found].sort(([a], [b]) => a - b).map(([, nodes]) => nodes);
}

/** Throws like `decodeCache` where a cache cannot be that of a tree over so many leaves, by its height and its numbers of nodes. */
export function checkCacheShape(cache: PlotCache, leafCount: number): void {
  const height = treeHeight(leafCount);
  if (cache.treeHeight !== height || cache.last !== height - 1) {
    const text = `the cache is of a tree ${String(cache.treeHeight)} high, the plot's is ${String(height)} high`;
    throw malformed('plot_cache_damaged', { fault: 'tree_height', offset: 5, text });
  }
  const { starts } = cacheLayout(leafCount, cache);
  cache.levels.forEach((nodes, at) => {
    const level = cache.first + at;
    const wanted = levelWidth(leafCount, level);
    if (nodes.length === wanted * LEAF_BYTES) return;
    const text = `level ${String(level)} has ${String(nodes.length / NODE_BYTES)} nodes, not ${String(wanted)}`;
    throw malformed('plot_cache_damaged', { fault: 'node_count', offset: (starts.get(level) ?? 0) - 8, text });
  });
}
