/** As many leaves are read at once as a tree of so many levels has: 2 MiB. */
const READ_LEVELS = 16;
/** As in the reference, where a proof of a large plot reads gigabytes for it. */
const FEWEST_LEVELS = 5;

/** Levels of a plot's tree that a cache may keep. */
export const MOST_CACHE_LEVELS = 20;

/**
 * Levels of a plot's tree that are kept where a cache is asked for and no number is said: as many as leave one read of leaves under a node of
 * the lowest, so that a proof takes milliseconds; of plots above 2 TiB the most that there may be. `leafCount` is 1 or more.
 */
export function usualCacheLevels(leafCount: number): number {
  const height = Math.ceil(Math.log2(leafCount));
  return Math.min(MOST_CACHE_LEVELS, Math.max(FEWEST_LEVELS, height - READ_LEVELS));
}
