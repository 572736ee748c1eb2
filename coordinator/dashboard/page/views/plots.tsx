import { useAsked } from '../asked.js';
import { bytes } from '../state/format.js';
import { hrefOf } from '../state/route.js';
import type { Tone } from '../state/standing.js';
import { shortName } from '../state/wire.js';
import { AsOf } from '../ui/as-of.js';
import { Strip } from '../ui/bar.js';
import { Card, Empty, PageHead } from '../ui/card.js';
import { Notice, ProblemNote } from '../ui/notice.js';
import { Table } from '../ui/table.js';
import type { Column } from '../ui/table.js';
import { Tag } from '../ui/tag.js';

interface PlotJson {
  readonly id: string;
  readonly path: string;
  readonly status: string;
  readonly reason: string;
  readonly text: string;
  readonly sizeBytes: string;
}

interface JobJson {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly path: string;
  readonly totalBytes: string;
  readonly doneBytes: string;
  readonly text: string;
}

interface HostPlotsJson {
  readonly hostId: string;
  readonly hostName: string;
  readonly reason: string;
  readonly text: string;
  readonly plots: readonly PlotJson[];
  readonly jobs: readonly JobJson[];
}

/** Something on a host. */
type On<T> = T & { readonly hostId: string; readonly hostName: string };

/** Each host is asked to look at its disks. */
const EVERY_MS = 15_000;
const PLOT_TONES: Readonly<Record<string, Tone>> = { valid: 'good', damaged: 'bad', missing: 'warn' };
const JOB_TONES: Readonly<Record<string, Tone>> = { running: 'busy', done: 'good', failed: 'bad' };

/** Plots on the disks of hosts, and what is under way with them. */
export function Plots() {
  const { value, problem, atMs } = useAsked<{ hosts: readonly HostPlotsJson[] }>('/v1/plots?pageSize=1000', EVERY_MS);
  const hosts = value?.hosts ?? [];
  const plots = hosts.flatMap(({ hostId, hostName, plots: own }) => own.map((plot) => ({ ...plot, hostId, hostName })));
  const jobs = hosts.flatMap(({ hostId, hostName, jobs: own }) => own.map((job) => ({ ...job, hostId, hostName })));
  return (
    <>
      <PageHead title="Plots" about={<AsOf atMs={atMs} />} />
      <ProblemNote problem={problem} />
      {hosts
        .filter(({ reason }) => reason !== '')
        .map(({ hostId, hostName, text, reason }) => (
          <Notice key={hostId} tone="warn">
            <a href={hrefOf('hosts', hostId)}>{hostName}</a>: {text} <code>{reason}</code>
          </Notice>
        ))}
      {jobs.length > 0 && (
        <Card title="Jobs">
          <Table
            caption="Jobs"
            columns={JOBS}
            items={jobs}
            idOf={({ id }) => id}
            order={{ by: 'Host', isDown: false }}
            empty={null}
          />
        </Card>
      )}
      {value !== undefined && (
        <Table
          caption="Plots"
          columns={PLOTS}
          items={plots}
          idOf={({ hostId, id }) => `${hostId} ${id}`}
          order={{ by: 'Host', isDown: false }}
          empty={
            <Empty title="No plots">
              Hosts whose agents have folders for plots show what stands in them; <code>headframe plots create</code>{' '}
              makes one.
            </Empty>
          }
        />
      )}
    </>
  );
}

function HostLink({ hostId, hostName }: On<object>) {
  return <a href={hrefOf('hosts', hostId)}>{hostName}</a>;
}

const PLOTS: readonly Column<On<PlotJson>>[] = [
  { name: 'Host', key: ({ hostName }) => hostName, cell: HostLink },
  {
    name: 'State',
    key: ({ status }) => status,
    cell: ({ status }) => {
      const word = shortName(status, 'PLOT_STATUS_');
      return <Tag word={word} tone={PLOT_TONES[word] ?? 'idle'} />;
    },
  },
  {
    name: 'Size',
    look: 'number',
    key: ({ sizeBytes }) => Number(sizeBytes),
    cell: ({ sizeBytes }) => bytes(sizeBytes),
  },
  { name: 'File', look: 'wide', key: ({ path }) => path, cell: ({ path }) => <span title={path}>{path}</span> },
  { name: 'Why', look: 'wider stretch', cell: ({ text, reason }) => <span title={reason}>{text}</span> },
];

const JOBS: readonly Column<On<JobJson>>[] = [
  { name: 'Host', key: ({ hostName }) => hostName, cell: HostLink },
  { name: 'What', key: ({ kind }) => kind, cell: ({ kind }) => shortName(kind, 'PLOT_JOB_KIND_') },
  {
    name: 'State',
    key: ({ state }) => state,
    cell: ({ state }) => {
      const word = shortName(state, 'PLOT_JOB_STATE_');
      return <Tag word={word} tone={JOB_TONES[word] ?? 'busy'} />;
    },
  },
  {
    name: 'Done',
    cell: ({ doneBytes, totalBytes }) => (
      <span class="meter">
        <Strip
          label={`${bytes(doneBytes)} of ${bytes(totalBytes)}`}
          whole={Number(totalBytes)}
          parts={[{ look: 'busy', value: Number(doneBytes) }]}
        />
        <span class="meter-text">{bytes(doneBytes)}</span>
      </span>
    ),
  },
  { name: 'File', look: 'wide stretch', cell: ({ path }) => <span title={path}>{path}</span> },
];
