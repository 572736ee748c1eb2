import { useDesk } from '../desk.js';
import type { Desk } from '../desk.js';
import { ago, bytes, percent, span } from '../state/format.js';
import { fileName, isUnderWay, scanOf } from '../state/plots.js';
import type { Disk, JobJson, On, PlotJson } from '../state/plots.js';
import { hrefOf } from '../state/route.js';
import type { Tone } from '../state/standing.js';
import { shortName } from '../state/wire.js';
import { Action } from '../ui/action.js';
import { Strip } from '../ui/bar.js';
import type { Column } from '../ui/table.js';
import { Tag } from '../ui/tag.js';

const PLOT_TONES: Readonly<Record<string, Tone>> = { valid: 'good', damaged: 'bad', missing: 'bad' };
const FOLDER_TONES: Readonly<Record<string, Tone>> = { well: 'good', missing: 'bad', unreadable: 'bad' };
const JOB_TONES: Readonly<Record<string, Tone>> = {
  waiting: 'idle',
  running: 'busy',
  done: 'good',
  failed: 'bad',
  ended: 'idle',
};

const CLASSES: Readonly<Record<string, string>> = {
  PLOT_DISK_CLASS_HDD: 'HDD',
  PLOT_DISK_CLASS_SSD: 'SSD',
  PLOT_DISK_CLASS_NVME: 'NVMe',
};

/** Columns of plots; `onDone` is called after something was done with one. */
export function plotColumns({ http }: Desk, onDone: () => void): readonly Column<On<PlotJson>>[] {
  return [
    HOST,
    stateColumn((plot) => shortName(plot.status, 'PLOT_STATUS_'), PLOT_TONES),
    sizeColumn('Size', ({ sizeBytes }) => Number(sizeBytes)),
    { ...FILE, look: 'wide stretch' },
    {
      name: 'Cache',
      look: 'wider',
      key: ({ cachePath }) => cachePath,
      cell: ({ cachePath }) => (cachePath === '' ? 'no' : 'yes'),
    },
    WHY,
    {
      name: 'Do',
      look: 'wide',
      cell: ({ hostId, hostName, id, path }) => {
        const place = `/v1/hosts/${encodeURIComponent(hostId)}/plots/${encodeURIComponent(id)}`;
        return (
          <span class="row-actions">
            <Action
              name="Check"
              method="PlotService/CheckPlot"
              question={{
                ...{ title: `Check ${fileName(path)}?`, yes: 'Check' },
                act: () => http.send(`POST ${place}/check`, {}).then(onDone),
                children: <p>{hostName} reads all of it and compares it with the root in its header.</p>,
              }}
            />
            <Action
              name="Delete"
              look="danger"
              method="PlotService/DeletePlot"
              question={{
                ...{ title: `Delete ${fileName(path)}?`, yes: 'Delete', isDangerous: true, typed: hostName },
                act: () => http.send(`DELETE ${place}?deleteFile=true`).then(onDone),
                children: <p>The plot and its files go from the disk of {hostName}; nothing mines with it any more.</p>,
              }}
            />
          </span>
        );
      },
    },
  ];
}

/** Columns of the folders of hosts. */
export function folderColumns(): readonly Column<Disk>[] {
  return [
    HOST,
    stateColumn((folder) => shortName(folder.status, 'PLOT_FOLDER_STATUS_'), FOLDER_TONES),
    {
      name: 'Free',
      look: 'number wide',
      key: ({ freeBytes }) => Number(freeBytes),
      cell: ({ status, freeBytes }) => (status === 'PLOT_FOLDER_STATUS_WELL' ? bytes(freeBytes) : '–'),
    },
    { name: 'Plots', look: 'number wide', key: ({ count }) => count, cell: ({ count }) => count },
    { ...sizeColumn<Disk>('In plots', ({ plotBytes }) => plotBytes), look: 'number wide' },
    {
      name: 'Last scan',
      look: 'wide',
      key: ({ scanMs }) => Number(scanMs ?? -1),
      cell: (disk) => <Scan disk={disk} />,
    },
    { name: 'Folder', look: 'stretch', key: ({ path }) => path, cell: ({ path }) => <span title={path}>{path}</span> },
    {
      name: 'Kind',
      look: 'wider',
      key: ({ diskClass }) => diskClass,
      cell: ({ diskClass }) => CLASSES[diskClass] ?? '–',
    },
    WHY_SOON,
  ];
}

/** Columns of jobs; `onDone` is called after one was ended. */
export function jobColumns({ clock }: Desk, onDone: () => void): readonly Column<On<JobJson>>[] {
  return [
    HOST,
    stateColumn((job) => shortName(job.state, 'PLOT_JOB_STATE_'), JOB_TONES),
    { name: 'Done', key: doneShare, cell: (job) => <Done job={job} /> },
    { name: 'What', look: 'wide', key: ({ kind }) => kind, cell: ({ kind }) => shortName(kind, 'PLOT_JOB_KIND_') },
    { name: 'Left', look: 'number wide', cell: (job) => leftText(job) },
    { name: 'Rate', look: 'number wide', cell: (job) => (isUnderWay(job) ? `${bytes(job.bytesPerS)}/s` : '–') },
    { ...FILE, look: 'wider stretch' },
    WHY_SOON,
    {
      name: 'Made',
      look: 'number wider',
      key: ({ createdAtMs }) => -Number(createdAtMs),
      cell: ({ createdAtMs }) => ago(createdAtMs, clock.value),
    },
    { name: 'Do', look: 'wide', cell: (job) => <JobAction job={job} onDone={onDone} /> },
  ];
}

/** What fails can be tried again, and what goes on can be ended. */
function JobAction({ job, onDone }: { readonly job: On<JobJson>; readonly onDone: () => void }) {
  const { http } = useDesk();
  const { hostId, hostName, id, path, state } = job;
  const host = `/v1/hosts/${encodeURIComponent(hostId)}`;
  if (state === 'PLOT_JOB_STATE_FAILED')
    return (
      <Action
        name="Retry"
        method="PlotService/RetryPlotJob"
        question={{
          ...{ title: `Try it again on ${hostName}?`, yes: 'Retry' },
          act: () => http.send(`POST ${host}/plot-jobs/${encodeURIComponent(id)}/retry`, {}).then(onDone),
          children: <p>It goes on from where it was with {fileName(path)}.</p>,
        }}
      />
    );
  return (
    <Action
      name="End"
      look="danger"
      method="PlotService/DeletePlot"
      idle={isUnderWay(job) ? undefined : 'It is over.'}
      question={{
        ...{ title: `End it on ${hostName}?`, yes: 'End', isDangerous: true },
        act: () => http.send(`DELETE ${host}/plots/${encodeURIComponent(id)}?deleteFile=true`).then(onDone),
        children: <p>{endText(job)}</p>,
      }}
    />
  );
}

function endText({ kind, path }: JobJson): string {
  return kind === 'PLOT_JOB_KIND_CHECK'
    ? `${fileName(path)} stays as it is.`
    : `What has been made of ${fileName(path)} so far is removed.`;
}

const HOST: Column<On<object>> = {
  name: 'Host',
  key: ({ hostName }) => hostName,
  cell: ({ hostId, hostName }) => <a href={hrefOf('hosts', hostId)}>{hostName}</a>,
};
const FILE: Column<{ readonly path: string }> = {
  name: 'File',
  key: ({ path }) => path,
  cell: ({ path }) => <span title={path}>{fileName(path)}</span>,
};
const WHY: Column<{ readonly text: string; readonly reason: string }> = {
  name: 'Why',
  look: 'wider stretch',
  cell: ({ text, reason }) => (reason === '' ? '' : <span title={reason}>{text === '' ? reason : text}</span>),
};

/** Where nothing else says as much, on laptops as well. */
const WHY_SOON = { ...WHY, look: 'wide stretch' };

function stateColumn<T>(wordOf: (item: T) => string, tones: Readonly<Record<string, Tone>>): Column<T> {
  return {
    name: 'State',
    key: wordOf,
    cell: (item) => <Tag word={wordOf(item)} tone={tones[wordOf(item)] ?? 'idle'} />,
  };
}

function sizeColumn<T>(name: string, of: (item: T) => number): Column<T> {
  return { name, look: 'number', key: of, cell: (item) => bytes(of(item)) };
}

function doneShare({ doneBytes, totalBytes }: JobJson): number {
  return Number(totalBytes) > 0 ? Number(doneBytes) / Number(totalBytes) : 0;
}

function Done({ job: { doneBytes, totalBytes } }: { readonly job: JobJson }) {
  const [done, total] = [Number(doneBytes), Number(totalBytes)];
  return (
    <span class="meter">
      <Strip label={`${bytes(done)} of ${bytes(total)}`} whole={total} parts={[{ look: 'busy', value: done }]} />
      <span class="meter-text">{percent(done, total)}</span>
    </span>
  );
}

function Scan({ disk }: { readonly disk: Disk }) {
  const standing = scanOf(disk);
  return standing === undefined ? <>–</> : <Tag {...standing} />;
}

function leftText(job: JobJson): string {
  return isUnderWay(job) && job.leftS !== undefined ? span(Number(job.leftS) * 1000) : '–';
}
