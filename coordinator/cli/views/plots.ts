import { PlotFolderStatus, PlotJobKind, PlotJobState, PlotStatus } from '../../../common/gen/headframe/v1/plot_pb.js';
import type { HostPlots, Plot, PlotFolder, PlotJob } from '../../../common/gen/headframe/v1/plot_pb.js';
import type { PlacedPlot } from '../../../common/gen/headframe/v1/plot_service_pb.js';
import { deadlineLevel } from '../../../common/model/scan-times.js';
import { formatAge, formatBytes } from '../../../common/model/units.js';
import { diskClassFromWire } from '../../../common/wire/plot-folder.js';
import { tableOf } from '../output/view.js';
import type { Cell, Column, View, Viewing } from '../output/view.js';
import { NOTHING, ageCell, timeCell, toned } from './cells.js';

/** A host of a newer version may say what is not known here. */
const STATUS: ReadonlyMap<PlotStatus, Cell> = new Map<PlotStatus, Cell>([
  [PlotStatus.VALID, { text: 'valid', tone: 'good' }],
  [PlotStatus.DAMAGED, { text: 'damaged', tone: 'bad' }],
  [PlotStatus.MISSING, { text: 'missing', tone: 'bad' }],
]);

/** A host of a newer version may say what is not known here. */
const FOLDER: ReadonlyMap<PlotFolderStatus, Cell> = new Map<PlotFolderStatus, Cell>([
  [PlotFolderStatus.WELL, { text: 'well', tone: 'good' }],
  [PlotFolderStatus.MISSING, { text: 'missing', tone: 'bad' }],
  [PlotFolderStatus.UNREADABLE, { text: 'unreadable', tone: 'bad' }],
]);

/** A host of a newer version may say what is not known here. */
const STATE: ReadonlyMap<PlotJobState, Cell> = new Map<PlotJobState, Cell>([
  [PlotJobState.WAITING, { text: 'waiting', tone: 'warn' }],
  [PlotJobState.RUNNING, { text: 'running', tone: 'good' }],
  [PlotJobState.DONE, { text: 'done', tone: 'faint' }],
  [PlotJobState.FAILED, { text: 'failed', tone: 'bad' }],
  [PlotJobState.ENDED, { text: 'ended', tone: 'faint' }],
]);

type On<Item> = Item & { readonly hostName: string };

/** Plots, jobs and folders of hosts, as `plots ls` has them. */
export function plotsView(hosts: readonly HostPlots[], viewing: Viewing): View {
  const of = <Item>(pick: (host: HostPlots) => readonly Item[]): On<Item>[] =>
    hosts.flatMap((host) => pick(host).map((item) => ({ ...item, hostName: host.hostName })));
  const jobs = of(({ jobs: all }) => all.filter((job) => viewing.wide || isOpen(job)));
  const silent = hosts.filter(({ reason }) => reason !== '');
  return [
    {
      kind: 'table',
      table: tableOf(
        plotColumns(viewing),
        of(({ plots }) => plots),
        viewing.wide,
      ),
      empty: 'No plots.',
    },
    ...tableWhere('Being made or checked', tableOf(JOBS, jobs, viewing.wide)),
    ...tableWhere(
      'Folders',
      tableOf(
        FOLDERS,
        of(({ folders }) => folders),
        viewing.wide,
      ),
    ),
    ...tableWhere('Hosts of which nothing is known now', tableOf(SILENT, silent, viewing.wide)),
  ];
}

/** All of one plot. */
export function plotView(plot: Plot, { hostName }: Pick<HostPlots, 'hostName'>, { nowMs }: Viewing): View {
  const createdMs = Number(plot.createdAtMs);
  const facts: [string, Cell][] = [
    ['id', plot.id],
    ['host', hostName],
    ['path', plot.path],
    ['status', STATUS.get(plot.status) ?? NOTHING],
    ['reason', plot.reason || NOTHING],
    ['text', plot.text || NOTHING],
    ['size', formatBytes(Number(plot.sizeBytes))],
    ['leaves', plot.leafCount === 0n ? NOTHING : String(plot.leafCount)],
    ['disk', plot.disk || NOTHING],
    ['cache', plot.cachePath || NOTHING],
    ['root', hex(plot.merkleRoot)],
    ['seed', hex(plot.plotSeed)],
    ['last scan', plot.scanMs === undefined ? NOTHING : seconds(plot.scanMs)],
    ['first seen', createdMs === 0 ? NOTHING : `${timeCell(createdMs)}, ${ageCell(createdMs, nowMs)} ago`],
  ];
  return [{ kind: 'facts', facts }];
}

/** A job, as it is told when it is asked for. */
export function jobView(job: PlotJob): View {
  const facts: [string, Cell][] = [
    ['job', job.id],
    ['state', STATE.get(job.state) ?? NOTHING],
    ['path', job.path],
    ['size', formatBytes(Number(job.totalBytes))],
  ];
  return [{ kind: 'facts', facts }];
}

/** Plots that the fleet has made where it chose. */
export function placedView(placed: readonly PlacedPlot[], viewing: Viewing): View {
  return [{ kind: 'table', table: tableOf(PLACED, placed, viewing.wide), empty: '' }];
}

const PLACED: Column<PlacedPlot>[] = [
  { title: 'HOST', cell: ({ hostName }) => hostName },
  { title: 'JOB', cell: ({ job }) => job?.id ?? NOTHING },
  { title: 'PATH', cell: ({ job }) => job?.path ?? NOTHING },
  { title: 'WHY', cell: ({ text }) => text },
];

function tableWhere(title: string, table: ReturnType<typeof tableOf>): View {
  return table.rows.length === 0 ? [] : [{ kind: 'table', title, table, empty: '' }];
}

function isOpen({ state }: PlotJob): boolean {
  return state === PlotJobState.WAITING || state === PlotJobState.RUNNING || state === PlotJobState.FAILED;
}

function plotColumns({ nowMs }: Viewing): Column<On<Plot>>[] {
  return [
    { title: 'HOST', cell: ({ hostName }) => hostName },
    { title: 'ID', cell: ({ id }) => id },
    { title: 'STATUS', cell: ({ status }) => STATUS.get(status) ?? NOTHING },
    { title: 'SIZE', cell: ({ sizeBytes }) => formatBytes(Number(sizeBytes)) },
    { title: 'CACHE', cell: ({ cachePath }) => (cachePath === '' ? 'no' : 'yes') },
    { title: 'AGE', cell: ({ createdAtMs }) => ageCell(Number(createdAtMs), nowMs) },
    { title: 'PATH', cell: ({ path }) => path },
    { title: 'REASON', cell: ({ reason }) => reason || NOTHING },
    { title: 'SCAN', cell: ({ scanMs }) => (scanMs === undefined ? NOTHING : seconds(scanMs)), wide: true },
    { title: 'ROOT', cell: ({ merkleRoot }) => hex(merkleRoot), wide: true },
    { title: 'SEED', cell: ({ plotSeed }) => hex(plotSeed), wide: true },
    { title: 'TEXT', cell: ({ text }) => text || NOTHING, wide: true },
  ];
}

const JOBS: Column<On<PlotJob>>[] = [
  { title: 'HOST', cell: ({ hostName }) => hostName },
  { title: 'JOB', cell: ({ id }) => id },
  { title: 'DOES', cell: ({ kind }) => (kind === PlotJobKind.CHECK ? 'check' : 'make') },
  { title: 'STATE', cell: ({ state }) => STATE.get(state) ?? NOTHING },
  { title: 'DONE', cell: ({ doneBytes, totalBytes }) => share(doneBytes, totalBytes) },
  { title: 'RATE', cell: ({ bytesPerS }) => (bytesPerS === 0n ? NOTHING : `${formatBytes(Number(bytesPerS))}/s`) },
  { title: 'LEFT', cell: ({ leftS }) => (leftS === undefined ? NOTHING : formatAge(Number(leftS) * 1000)) },
  { title: 'PATH', cell: ({ path }) => path },
  { title: 'REASON', cell: ({ reason }) => toned(reason, 'bad') },
  { title: 'TEXT', cell: ({ text }) => text || NOTHING, wide: true },
];

const FOLDERS: Column<On<PlotFolder>>[] = [
  { title: 'HOST', cell: ({ hostName }) => hostName },
  { title: 'FOLDER', cell: ({ path }) => path },
  { title: 'STATUS', cell: ({ status }) => FOLDER.get(status) ?? NOTHING },
  {
    title: 'FREE',
    cell: ({ freeBytes, status }) => (status === PlotFolderStatus.WELL ? formatBytes(Number(freeBytes)) : NOTHING),
  },
  { title: 'PLOTS', cell: ({ plots, plotBytes }) => `${String(plots)}, ${formatBytes(Number(plotBytes))}` },
  { title: 'CLASS', cell: ({ diskClass }) => diskClassFromWire(diskClass) || NOTHING },
  { title: 'SCAN', cell: scanCell },
  { title: 'DISK', cell: ({ disk }) => disk || NOTHING },
  { title: 'TEXT', cell: ({ text }) => text || NOTHING },
];

const SILENT: Column<HostPlots>[] = [
  { title: 'HOST', cell: ({ hostName }) => hostName },
  { title: 'REASON', cell: ({ reason }) => reason },
  { title: 'TEXT', cell: ({ text }) => text },
];

/** Of its deadline; half of it is a warning, four fifths an alarm. */
function scanCell({ scanMs, scanDeadlineMs }: PlotFolder): Cell {
  if (scanMs === undefined || scanDeadlineMs === undefined) return NOTHING;
  const level = deadlineLevel({ tookMs: Number(scanMs), end: 'whole' }, Number(scanDeadlineMs));
  const tone = ({ well: 'good', warning: 'warn', alarm: 'bad' } as const)[level];
  return { text: `${seconds(scanMs)} of ${seconds(scanDeadlineMs)}`, tone };
}

function seconds(ms: bigint): string {
  return `${(Number(ms) / 1000).toFixed(1)} s`;
}

function share(done: bigint, total: bigint): string {
  const percent = total === 0n ? 0 : Math.floor((100 * Number(done)) / Number(total));
  return `${formatBytes(Number(done))}/${formatBytes(Number(total))} (${String(percent)}%)`;
}

function hex(bytes: Uint8Array): string {
  return bytes.length === 0 ? NOTHING : Buffer.from(bytes).toString('hex');
}
