/** How long one disk of a host took for a scan. */
export interface DiskScan {
  /** As the host names it: the first of the folders on it. */
  readonly disk: string;
  /** Plots on it. */
  readonly plots: number;
  readonly tookMs: number;
  /** `deadline`: it was cut short. `stalled`: it does not answer. */
  readonly end: 'whole' | 'deadline' | 'stalled';
}

/** What a host's last scan for a miner took. */
export interface HostScan {
  /** Plots that were looked at in full, of all that it has. */
  readonly answered: number;
  readonly plots: number;
  readonly tookMs: number;
  /** From the request to the answer. */
  readonly deadlineMs: number;
  readonly disks: readonly DiskScan[];
  /** By path, milliseconds of the last scan that looked at all of the plot; of a host with many plots those that took longest. */
  readonly plotMs: ReadonlyMap<string, number>;
}

/** How near a disk comes to its deadline: `warning` from half of it on, `alarm` from four fifths on and where it does not answer. */
export type DeadlineLevel = 'well' | 'warning' | 'alarm';

const [WARNING, ALARM] = [0.5, 0.8];

/** How near a disk came. */
export function deadlineLevel({ tookMs, end }: Pick<DiskScan, 'tookMs' | 'end'>, deadlineMs: number): DeadlineLevel {
  if (end !== 'whole' || tookMs >= ALARM * deadlineMs) return 'alarm';
  return tookMs >= WARNING * deadlineMs ? 'warning' : 'well';
}
