/** Free percent of the disk at which pressure begins, and at which it is over. */
export interface PressureOptions {
  readonly pressureBelow: number;
  readonly relievedAt: number;
}

/** A file system's room. */
export interface DiskRoom {
  readonly totalBytes: number;
  /** What an unprivileged user may still write. */
  readonly freeBytes: number;
}

/** Bytes that a disk lacks until its pressure is over; 0 without pressure. `before`: whether it was under pressure. */
export function lackingBytes({ totalBytes, freeBytes }: DiskRoom, options: PressureOptions, before: boolean): number {
  if (totalBytes <= 0) return 0;
  const relieved = Math.max(options.pressureBelow, options.relievedAt);
  const percent = (100 * freeBytes) / totalBytes;
  if (percent >= (before ? relieved : options.pressureBelow)) return 0;
  return Math.max(1, Math.ceil((relieved * totalBytes) / 100 - freeBytes));
}
