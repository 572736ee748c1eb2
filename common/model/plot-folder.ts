/** What the kernel says that a disk is. */
export const DISK_CLASSES = ['hdd', 'ssd', 'nvme'] as const;

/** One of them. */
export type DiskClass = (typeof DISK_CLASSES)[number];

/** A folder of plots as its host's agent reports it to the coordinator. */
export interface ReportedPlotFolder {
  readonly path: string;
  /** Where its links lead to, of folders that are one the same; absent where it is not there, and by agents that do not say it. */
  readonly realPath?: string;
  readonly status: 'well' | 'missing' | 'unreadable';
  /** The first of the folders on the same disk; '' where it is not there. */
  readonly disk: string;
  /** '' where the kernel does not say it, as of file systems over a network. */
  readonly diskClass: DiskClass | '';
  /** For new plots: beside what is to stay free and what jobs will still take; in bytes, of whole GiB. */
  readonly roomBytes: number;
  /** That can be mined with. */
  readonly plots: number;
  /** Of these. */
  readonly plotBytes: number;
}

/** All folders of a host together. */
export interface PlotTotals {
  readonly plots: number;
  readonly plotBytes: number;
  /** Disks that hold plots. */
  readonly disks: number;
  /** Of disks that are well; folders on one disk share its room. */
  readonly roomBytes: number;
  /** Of folders that are well. */
  readonly classes: readonly DiskClass[];
}

/** Adds up what a host reports. */
export function plotTotals(folders: readonly ReportedPlotFolder[]): PlotTotals {
  const well = folders.filter(({ status }) => status === 'well');
  const rooms = new Map(well.map(({ disk, roomBytes }) => [disk, roomBytes]));
  return {
    plots: well.reduce((sum, { plots }) => sum + plots, 0),
    plotBytes: well.reduce((sum, { plotBytes }) => sum + plotBytes, 0),
    disks: new Set(well.filter(({ plots }) => plots > 0).map(({ disk }) => disk)).size,
    roomBytes: [...rooms.values()].reduce((sum, bytes) => sum + bytes, 0),
    classes: DISK_CLASSES.filter((name) => well.some(({ diskClass }) => diskClass === name)),
  };
}
