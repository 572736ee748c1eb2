import { create } from '@bufbuild/protobuf';
import { HostPlotFoldersSchema } from '../gen/headframe/v1/agent_service_pb.js';
import type { HostPlotFolders } from '../gen/headframe/v1/agent_service_pb.js';
import { PlotDiskClass, PlotFolderSchema, PlotFolderStatus } from '../gen/headframe/v1/plot_pb.js';
import type { PlotFolder } from '../gen/headframe/v1/plot_pb.js';
import type { DiskClass, ReportedPlotFolder } from '../model/plot-folder.js';
import { clampedNumber, numberToWire } from './numbers.js';
import { boundedText } from './texts.js';

const CLASS = {
  '': PlotDiskClass.UNSPECIFIED,
  hdd: PlotDiskClass.HDD,
  ssd: PlotDiskClass.SSD,
  nvme: PlotDiskClass.NVME,
} as const satisfies Record<DiskClass | '', PlotDiskClass>;
const STATUS = {
  well: PlotFolderStatus.WELL,
  missing: PlotFolderStatus.MISSING,
  unreadable: PlotFolderStatus.UNREADABLE,
} as const satisfies Record<ReportedPlotFolder['status'], PlotFolderStatus>;

/** As an agent's configuration has them at most. */
const MOST_FOLDERS = 256;

/** The class of a disk on the wire. */
export function diskClassToWire(diskClass: DiskClass | ''): PlotDiskClass {
  return CLASS[diskClass];
}

/** The class of a disk from the wire; '' for one that is not known here. */
export function diskClassFromWire(diskClass: PlotDiskClass): DiskClass | '' {
  const known = Object.entries(CLASS).find(([, value]) => value === diskClass)?.[0];
  return known === 'hdd' || known === 'ssd' || known === 'nvme' ? known : '';
}

/** Puts a host's folders of plots on the wire. */
export function plotFoldersToWire(folders: readonly ReportedPlotFolder[]): PlotFolder[] {
  return folders.map(plotFolderToWire);
}

/** Puts one of them on the wire. */
export function plotFolderToWire(folder: ReportedPlotFolder): PlotFolder {
  const { path, realPath = '', status, disk, diskClass, roomBytes, plots, plotBytes } = folder;
  return create(PlotFolderSchema, {
    ...{ path, realPath, status: STATUS[status], disk, diskClass: CLASS[diskClass], plots },
    roomBytes: numberToWire(roomBytes, 'room_bytes'),
    plotBytes: numberToWire(plotBytes, 'plot_bytes'),
  });
}

/** What an agent says of them in its session. */
export function hostPlotFoldersToWire(folders: readonly ReportedPlotFolder[]): HostPlotFolders {
  return create(HostPlotFoldersSchema, { folders: plotFoldersToWire(folders) });
}

/** Reads a host's folders of plots; texts are cut, and a status that is not known counts as unreadable. */
export function plotFoldersFromWire(folders: readonly PlotFolder[]): ReportedPlotFolder[] {
  return folders
    .slice(0, MOST_FOLDERS)
    .map(({ path, realPath, status, disk, diskClass, roomBytes, plots, plotBytes }) => ({
      ...(realPath !== '' && { realPath: boundedText(realPath) }),
      ...{ path: boundedText(path), disk: boundedText(disk), diskClass: diskClassFromWire(diskClass), plots },
      status:
        status === PlotFolderStatus.WELL ? 'well' : status === PlotFolderStatus.MISSING ? 'missing' : 'unreadable',
      roomBytes: clampedNumber(roomBytes),
      plotBytes: clampedNumber(plotBytes),
    }));
}
