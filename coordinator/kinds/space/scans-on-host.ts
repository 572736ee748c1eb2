import type { DiskScan, HostScan } from '../../../common/model/scan-times.js';

/** What scans of a host's plots took last, by the paths that the host has them under. */
export interface ScansOnHost {
  readonly disks: ReadonlyMap<string, DiskScan & { readonly deadlineMs: number }>;
  readonly plotMs: ReadonlyMap<string, number>;
}

/** Scans of one miner on a host, with the folders that its scanner sees as /plots/0, /plots/1 and so on. */
export interface ScannedFolders {
  readonly folders: readonly string[];
  readonly scan: HostScan;
}

/** Brings scans of a host together; where several miners scan the same disk the one that took longest counts. Pure. */
export function scansOnHost(scans: readonly ScannedFolders[]): ScansOnHost {
  const disks = new Map<string, DiskScan & { readonly deadlineMs: number }>();
  const plotMs = new Map<string, number>();
  for (const { folders, scan } of scans) {
    for (const disk of scan.disks) {
      const path = hostPath(disk.disk, folders);
      if (path !== undefined && disk.tookMs >= (disks.get(path)?.tookMs ?? 0))
        disks.set(path, { ...disk, disk: path, deadlineMs: scan.deadlineMs });
    }
    for (const [inside, ms] of scan.plotMs) {
      const path = hostPath(inside, folders);
      if (path !== undefined) plotMs.set(path, Math.max(ms, plotMs.get(path) ?? 0));
    }
  }
  return { disks, plotMs };
}

/** What a path within a scanner is on its host; undefined for one that is in none of the folders. */
function hostPath(inside: string, folders: readonly string[]): string | undefined {
  const parts = /^\/plots\/(\d{1,3})(\/.*)?$/.exec(inside);
  const folder = folders[Number(parts?.[1] ?? -1)];
  return folder === undefined ? undefined : `${folder}${parts?.[2] ?? ''}`;
}
