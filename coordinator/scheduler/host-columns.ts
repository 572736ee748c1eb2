/** Whether a host takes new instances, and if not, why. */
export const STANDING = { open: 0, notReady: 1, cordoned: 2, absent: 3, ailing: 4 } as const;

/** A value of `STANDING`. */
export type Standing = (typeof STANDING)[keyof typeof STANDING];

const RESOURCE_COLUMNS = [
  'freeCpu',
  'freeMemory',
  'freeDisk',
  'freeGpus',
  'freeTcp',
  'freeUdp',
  'totalCpu',
  'totalMemory',
  'totalDisk',
  'totalGpus',
  'perCpu',
  'perMemory',
  'perDisk',
  'perGpu',
] as const;

/** The name of a column of amounts. */
export type ResourceColumn = (typeof RESOURCE_COLUMNS)[number];

/**
 * What placement reads most, one value a host, by handle: what is free (below zero when a host shrank under its
 * instances), what is allocatable in all, and 1 / allocatable (0 where nothing is). Millicores, bytes, devices, and ports of
 * the managed range.
 */
export class HostColumns implements Record<ResourceColumn, Float64Array> {
  freeCpu = new Float64Array(64);
  freeMemory = new Float64Array(64);
  freeDisk = new Float64Array(64);
  freeGpus = new Float64Array(64);
  freeTcp = new Float64Array(64);
  freeUdp = new Float64Array(64);
  totalCpu = new Float64Array(64);
  totalMemory = new Float64Array(64);
  totalDisk = new Float64Array(64);
  totalGpus = new Float64Array(64);
  perCpu = new Float64Array(64);
  perMemory = new Float64Array(64);
  perDisk = new Float64Array(64);
  perGpu = new Float64Array(64);
  standing = new Uint8Array(64).fill(STANDING.absent);

  /** Makes room for handles below `size`. */
  ensure(size: number): void {
    const length = this.standing.length;
    if (size <= length) return;
    for (const name of RESOURCE_COLUMNS) {
      const grown = new Float64Array(length * 2);
      grown.set(this[name]);
      this[name] = grown;
    }
    const standing = new Uint8Array(length * 2).fill(STANDING.absent);
    standing.set(this.standing);
    this.standing = standing;
    this.ensure(size);
  }

  /** An independent copy. */
  copy(): HostColumns {
    const copy = new HostColumns();
    for (const name of RESOURCE_COLUMNS) copy[name] = this[name].slice();
    copy.standing = this.standing.slice();
    return copy;
  }
}

/** Adds to one value of a column. */
export function add(column: Float64Array, handle: number, by: number): void {
  column[handle] = (column[handle] ?? 0) + by;
}

/** Sets what is there in all; what is free changes by as much. */
export function setTotal(free: Float64Array, total: Float64Array, handle: number, to: number): void {
  add(free, handle, to - (total[handle] ?? 0));
  total[handle] = to;
}

/** 1 / total, and 0 where nothing is. */
export function inverse(total: number): number {
  return total > 0 ? 1 / total : 0;
}
