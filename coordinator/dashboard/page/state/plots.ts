import { rounded } from './format.js';
import type { Standing } from './standing.js';
import type { Digits } from './wire.js';

/** A plot on a disk. */
export interface PlotJson {
  readonly id: string;
  readonly path: string;
  readonly status: string;
  readonly reason: string;
  readonly text: string;
  readonly sizeBytes: Digits;
  readonly cachePath: string;
}

/** Work on a plot. */
export interface JobJson {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly path: string;
  readonly totalBytes: Digits;
  readonly doneBytes: Digits;
  readonly bytesPerS: Digits;
  readonly leftS?: Digits;
  readonly reason: string;
  readonly text: string;
  readonly createdAtMs: Digits;
}

/** A folder that plots stand in. */
export interface FolderJson {
  readonly path: string;
  readonly status: string;
  readonly reason: string;
  readonly text: string;
  readonly freeBytes: Digits;
  readonly diskClass: string;
  /** What the last scan of its disk took, and of how much; not known of all. */
  readonly scanMs?: Digits;
  readonly scanDeadlineMs?: Digits;
}

/** What a host has of plots. */
export interface HostPlotsJson {
  readonly hostId: string;
  readonly hostName: string;
  /** Why nothing is known of it; '' where it has answered. */
  readonly reason: string;
  readonly text: string;
  readonly folders: readonly FolderJson[];
  readonly plots: readonly PlotJson[];
  readonly jobs: readonly JobJson[];
}

/** Something on a host, with a key of its own among all. */
export type On<T> = T & { readonly hostId: string; readonly hostName: string; readonly key: string };

/** A folder with what stands in it. */
export type Disk = On<FolderJson & { readonly count: number; readonly plotBytes: number }>;

/** What is shown of the plots of all hosts. */
export interface PlotsShown {
  /** Hosts of which nothing is known. */
  readonly silent: readonly HostPlotsJson[];
  readonly folders: readonly Disk[];
  readonly plots: readonly On<PlotJson>[];
  readonly jobs: readonly On<JobJson>[];
  /** Whether there is work that goes on. */
  readonly isUnderWay: boolean;
}

const UNDER_WAY = ['PLOT_JOB_STATE_WAITING', 'PLOT_JOB_STATE_RUNNING'];

/** What all hosts tell of plots, in lists. Pure. */
export function plotsOf(hosts: readonly HostPlotsJson[]): PlotsShown {
  const plots = hosts.flatMap((host) => host.plots.map((plot) => on(host, plot.id, plot)));
  const jobs = hosts.flatMap((host) => host.jobs.map((job) => on(host, job.id, job)));
  return {
    ...{ plots, jobs, silent: hosts.filter(({ reason }) => reason !== '') },
    folders: hosts.flatMap((host) => host.folders.map((folder) => on(host, folder.path, diskOf(host, folder)))),
    isUnderWay: jobs.some(isUnderWay),
  };
}

/** Whether a job goes on. Pure. */
export function isUnderWay({ state }: Pick<JobJson, 'state'>): boolean {
  return UNDER_WAY.includes(state);
}

/** From this share of the deadline on, a scan is nearly too slow to win. */
const NEARLY = 0.8;

/** How the last scan of a disk stood to its deadline, which it has to meet to be worth anything; undefined where none is known. Pure. */
export function scanOf({
  scanMs,
  scanDeadlineMs,
}: Pick<FolderJson, 'scanMs' | 'scanDeadlineMs'>): Standing | undefined {
  if (scanMs === undefined || scanDeadlineMs === undefined) return undefined;
  const [took, deadline] = [Number(scanMs), Number(scanDeadlineMs)];
  const word = `${rounded(took / 1000)} of ${rounded(deadline / 1000)} s`;
  return { word, tone: took > deadline ? 'bad' : took >= NEARLY * deadline ? 'warn' : 'good' };
}

/** What a path ends with, which is what tells files apart. Pure. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function diskOf({ plots }: HostPlotsJson, folder: FolderJson) {
  const own = plots.filter(({ path }) => path.slice(0, path.lastIndexOf('/')) === folder.path);
  return { ...folder, count: own.length, plotBytes: own.reduce((sum, { sizeBytes }) => sum + Number(sizeBytes), 0) };
}

function on<T>({ hostId, hostName }: HostPlotsJson, id: string, what: T): On<T> {
  return { ...what, hostId, hostName, key: `${hostId} ${id}` };
}
