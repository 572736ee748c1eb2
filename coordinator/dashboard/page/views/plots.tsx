import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useAsked } from '../asked.js';
import { useDesk } from '../desk.js';
import { plotsOf } from '../state/plots.js';
import type { HostPlotsJson } from '../state/plots.js';
import { hrefOf } from '../state/route.js';
import { AsOf } from '../ui/as-of.js';
import { Card, Empty, PageHead } from '../ui/card.js';
import { Notice, ProblemNote } from '../ui/notice.js';
import { Table } from '../ui/table.js';
import { folderColumns, jobColumns, plotColumns } from './plot-columns.js';

interface PlotsJson {
  readonly hosts: readonly HostPlotsJson[];
  readonly nextPageToken: string;
}

/** Each host is asked to look at its disks; more often while something is under way. */
const EVERY_MS = 15_000;
const BUSY_MS = 1_000;

/** Plots on the disks of hosts, the disks themselves, and what is under way. */
export function Plots() {
  const isBusy = useSignal(false);
  const { value, problem, atMs, again } = useAsked<PlotsJson>(
    '/v1/plots?pageSize=1000',
    isBusy.value ? BUSY_MS : EVERY_MS,
  );
  const desk = useDesk();
  const { silent, folders, plots, jobs, isUnderWay } = plotsOf(value?.hosts ?? []);
  useEffect(() => {
    isBusy.value = isUnderWay;
  }, [isUnderWay]);
  return (
    <>
      <PageHead title="Plots" about={<AsOf atMs={atMs} />} />
      <ProblemNote problem={problem} />
      {silent.map(({ hostId, hostName, text, reason }) => (
        <Notice key={hostId} tone="warn">
          <a href={hrefOf('hosts', hostId)}>{hostName}</a>: {text} <code>{reason}</code>
        </Notice>
      ))}
      {jobs.length > 0 && (
        <Card title="Jobs">
          <Table
            {...{ caption: 'Jobs', columns: jobColumns(desk, again), items: jobs, idOf, unfolds: true, empty: null }}
            order={{ by: 'Made', isDown: false }}
          />
        </Card>
      )}
      {folders.length > 0 && (
        <Card title="Disks" aside={<span class="muted">folders that agents keep plots in</span>}>
          <Table
            {...{ caption: 'Disks', columns: folderColumns(), items: folders, idOf, unfolds: true, empty: null }}
            order={{ by: 'Host', isDown: false }}
          />
        </Card>
      )}
      {value !== undefined && (
        <Card title="Plots" aside={<span class="muted">{plots.length}</span>}>
          <Table
            {...{ caption: 'Plots', columns: plotColumns(desk, again), items: plots, idOf, unfolds: true }}
            order={{ by: 'Host', isDown: false }}
            empty={
              <Empty title="No plots">
                Hosts whose agents have folders for plots show what stands in them; <code>headframe plots create</code>{' '}
                makes one.
              </Empty>
            }
          />
        </Card>
      )}
      {value !== undefined && value.nextPageToken !== '' && <p class="muted">The first 1000 hosts are shown.</p>}
    </>
  );
}

function idOf({ key }: { readonly key: string }): string {
  return key;
}
