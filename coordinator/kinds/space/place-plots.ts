import type { HostRecord } from '../../../common/model/host.js';
import type { DiskClass } from '../../../common/model/plot-folder.js';
import type { ReasonCode } from '../../../common/model/reason.js';
import { formatBytes } from '../../../common/model/units.js';

/** What of a host counts for where plots go. */
export type PlotHost = Pick<HostRecord, 'id' | 'name' | 'state' | 'cordoned' | 'draining' | 'plotFolders'>;

/** Plots that are to be made. */
export interface PlotWish {
  readonly count: number;
  /** Of each, its cache included. */
  readonly bytes: number;
  /** '' for disks of any class. */
  readonly diskClass: DiskClass | '';
}

/** Where one plot goes. */
export interface PlotPlace {
  readonly hostId: string;
  readonly hostName: string;
  readonly folder: string;
  /** Why there. */
  readonly text: string;
}

/** Where all go, and of disks that were left out how many there are of each reason. */
export interface PlotPlacement {
  readonly places: readonly PlotPlace[];
  readonly leftOut: readonly { readonly reason: ReasonCode; readonly disks: number }[];
}

interface Disk {
  readonly host: PlotHost;
  readonly folder: string;
  readonly diskClass: DiskClass | '';
  plotBytes: number;
  roomBytes: number;
}

/**
 * Lays plots over the disks of hosts, each on the disk with the fewest bytes of plots that has room for it, of equals on that of the host with the
 * fewest: a round lasts as long as its fullest disk takes. Folders on one disk are one. Pure.
 */
export function placePlots(hosts: readonly PlotHost[], wish: PlotWish): PlotPlacement {
  const disks = hosts.flatMap(disksOf);
  const onHost = new Map<string, number>();
  for (const { host, plotBytes } of disks) onHost.set(host.id, (onHost.get(host.id) ?? 0) + plotBytes);
  const bytesOf = ({ host }: Disk): number => onHost.get(host.id) ?? 0;
  const usable = disks.filter((disk) => refusal(disk, wish) === undefined);
  const places: PlotPlace[] = [];
  while (places.length < wish.count) {
    const open = usable.filter(({ roomBytes }) => roomBytes >= wish.bytes);
    const [first, ...others] = open;
    if (first === undefined) break;
    const best = others.reduce((so, one) => (isBefore(one, so, bytesOf) ? one : so), first);
    places.push(placeOn(best, open.length));
    best.plotBytes += wish.bytes;
    best.roomBytes -= wish.bytes;
    onHost.set(best.host.id, bytesOf(best) + wish.bytes);
  }
  return { places, leftOut: tally(disks, wish) };
}

function isBefore(one: Disk, other: Disk, bytesOf: (disk: Disk) => number): boolean {
  if (one.plotBytes !== other.plotBytes) return one.plotBytes < other.plotBytes;
  if (bytesOf(one) !== bytesOf(other)) return bytesOf(one) < bytesOf(other);
  return one.roomBytes > other.roomBytes;
}

function placeOn({ host, folder, diskClass, plotBytes, roomBytes }: Disk, candidates: number): PlotPlace {
  const kind = diskClass === '' ? 'disk' : diskClass;
  const of = `${String(candidates)} ${candidates === 1 ? 'disk' : 'disks'}`;
  const text = `fewest bytes of plots of ${of} with room: ${formatBytes(plotBytes)} on this ${kind}, room for ${formatBytes(roomBytes)}`;
  return { hostId: host.id, hostName: host.name, folder, text };
}

/** The disks of a host, each by the first of its folders that is well; folders without a disk are one each. */
function disksOf(host: PlotHost): readonly Disk[] {
  const disks = new Map<string, Disk>();
  for (const { path, status, disk, diskClass, roomBytes, plotBytes } of host.plotFolders ?? []) {
    const name = status === 'well' ? disk : path;
    const known = disks.get(name);
    if (known === undefined) disks.set(name, { host, folder: path, diskClass, plotBytes, roomBytes });
    else known.plotBytes += plotBytes;
  }
  return [...disks.values()];
}

function tally(disks: readonly Disk[], wish: PlotWish): PlotPlacement['leftOut'] {
  const counts = new Map<ReasonCode, number>();
  for (const disk of disks) {
    const reason = refusal(disk, wish) ?? (disk.roomBytes < wish.bytes ? 'plot_disk_full' : undefined);
    if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].map(([reason, count]) => ({ reason, disks: count }));
}

/** Why no plot goes to a disk, whatever its room. */
function refusal({ host, folder, diskClass }: Disk, wish: PlotWish): ReasonCode | undefined {
  if (host.state !== 'ready') return 'host_not_ready';
  if (host.cordoned || host.draining) return 'host_cordoned';
  const status = host.plotFolders?.find(({ path }) => path === folder)?.status;
  if (status === 'missing') return 'plot_folder_missing';
  if (status !== 'well') return 'plot_folder_unreadable';
  return wish.diskClass === '' || diskClass === wish.diskClass ? undefined : 'plot_disk_class_other';
}
