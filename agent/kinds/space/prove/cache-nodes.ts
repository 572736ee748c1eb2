import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { malformed } from '../format/byte-reader.js';
import { cacheLayout, encodeCacheHead, encodeLevelHead } from '../format/cache-file.js';
import { LEAF_BYTES, treeHeight } from '../format/leaf.js';

/** Nodes of the top of a tree, which a path is taken from. */
export interface CachedNodes {
  /** The lowest level that is kept; all up to the one below the root are. */
  readonly first: number;
  /** Throws `HeadframeError` ('plot_cache_damaged') and what the disk throws. */
  node(level: number, place: number): Buffer;
}

/** An open cache file; whoever opened it closes it. */
export interface OpenCache extends CachedNodes {
  close(): void;
}

const [FIRST_AT, LEVEL_AT] = [24, 5];

/**
 * Opens the cache of a plot, of which the nodes that are asked for are read and no others, however large it is. Whether they are the
 * plot's own shows when its root follows from them. Throws like `node`.
 */
export function openCache(path: string, leafCount: number): OpenCache {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return read(file, leafCount);
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function read(file: number, leafCount: number): OpenCache {
  const last = treeHeight(leafCount) - 1;
  const headBytes = encodeCacheHead(last + 1, { first: 1, last }).length;
  const found = fstatSync(file);
  if (!found.isFile()) throw damaged('kind', 0, 'the cache is no plain file');
  const head = bytesAt(file, 0, headBytes);
  const first = head.readInt32LE(FIRST_AT);
  if (first < 1 || first > last) throw damaged('first_level', FIRST_AT, `its first level is ${String(first)}`);
  const wanted = encodeCacheHead(last + 1, { first, last });
  const differs = wanted.findIndex((byte, at) => head[at] !== byte);
  if (differs >= 0) throw damaged('head', Math.max(differs, 0), 'it is no cache of a plot of this size');
  const { starts, bytes } = cacheLayout(leafCount, { first, last });
  if (found.size !== bytes) throw damaged('size', LEVEL_AT, `it has ${String(found.size)} bytes, not ${String(bytes)}`);
  const known = new Set<number>();
  return {
    first,
    node: (level, place) => {
      const start = starts.get(level);
      if (start === undefined) throw new RangeError(`level ${String(level)} is not in the cache`);
      const levelHead = encodeLevelHead(leafCount, level);
      if (!known.has(level)) {
        const at = start - levelHead.length;
        if (!bytesAt(file, at, levelHead.length).equals(levelHead)) throw damaged('level', at, 'a level is not there');
        known.add(level);
      }
      return bytesAt(file, start + place * LEAF_BYTES, LEAF_BYTES);
    },
    close: () => closeSync(file),
  };
}

function bytesAt(file: number, position: number, bytes: number): Buffer {
  const found = Buffer.alloc(bytes);
  const read = readSync(file, found, 0, bytes, position);
  if (read < bytes) throw damaged('short', position + read, 'it ends too early');
  return found;
}

function damaged(fault: string, offset: number, text: string): Error {
  return malformed('plot_cache_damaged', { fault, offset, text });
}
