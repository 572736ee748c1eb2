import type { HostUsage, InstanceUsage } from '../../../common/model/host.js';
import { formatBytes, formatCpu } from '../../../common/model/units.js';
import type { HostView } from '../../../common/wire/client.js';
import { tableOf } from '../output/view.js';
import type { Column, View, Viewing } from '../output/view.js';
import { NOTHING, ageCell, hostStateCell, shareCell } from './cells.js';

/** A host with its latest usage, if its agent has told any. */
export interface HostUse {
  readonly host: HostView;
  readonly usage: HostUsage | undefined;
}

/** An instance's latest usage. */
export interface InstanceUse {
  readonly instanceId: string;
  readonly hostId: string;
  readonly usage: InstanceUsage;
}

/** The table of `top hosts`: real use of the whole host, busiest first. */
export function topHostsView(hosts: readonly HostUse[], viewing: Viewing): View {
  const sorted = [...hosts].sort((a, b) => (b.usage?.cpuMillis ?? -1) - (a.usage?.cpuMillis ?? -1));
  return [{ kind: 'table', table: tableOf(hostColumns(viewing), sorted, viewing.wide), empty: 'No hosts.' }];
}

/** The table of `top instances`, busiest first. */
export function topInstancesView(instances: readonly InstanceUse[], viewing: Viewing): View {
  const sorted = [...instances].sort((a, b) => b.usage.cpuMillis - a.usage.cpuMillis);
  const empty = 'No usage has been reported yet.';
  return [{ kind: 'table', table: tableOf(INSTANCE_COLUMNS, sorted, viewing.wide), empty }];
}

function hostColumns({ nowMs }: Viewing): Column<HostUse>[] {
  const bytes = (amount: number | undefined): string => (amount === undefined ? NOTHING : formatBytes(amount));
  return [
    { title: 'HOST', cell: ({ host }) => host.name },
    { title: 'STATE', cell: ({ host }) => hostStateCell(host) },
    {
      title: 'CPU',
      cell: ({ host, usage }) =>
        usage === undefined ? NOTHING : shareCell(usage.cpuMillis, host.description.cpuCount * 1000, formatCpu),
    },
    {
      title: 'MEMORY',
      cell: ({ host, usage }) =>
        usage === undefined ? NOTHING : shareCell(usage.memoryBytes, host.claimed.memoryBytes, formatBytes),
    },
    { title: 'DISK', cell: ({ usage }) => bytes(usage?.diskBytes) },
    { title: 'LOAD', cell: ({ usage }) => usage?.load1.toFixed(2) ?? NOTHING },
    { title: 'INSTANCES', cell: ({ host }) => String(host.instances) },
    { title: 'NET IN', cell: ({ usage }) => bytes(usage?.networkRxBytes), wide: true },
    { title: 'NET OUT', cell: ({ usage }) => bytes(usage?.networkTxBytes), wide: true },
    { title: 'SAMPLED', cell: ({ usage }) => (usage === undefined ? NOTHING : ageCell(usage.atMs, nowMs)) },
  ];
}

const INSTANCE_COLUMNS: readonly Column<InstanceUse>[] = [
  { title: 'INSTANCE', cell: ({ instanceId }) => instanceId },
  { title: 'HOST', cell: ({ hostId }) => hostId },
  { title: 'CPU', cell: ({ usage }) => formatCpu(usage.cpuMillis) },
  { title: 'MEMORY', cell: ({ usage }) => formatBytes(usage.memoryBytes) },
  { title: 'PIDS', cell: ({ usage }) => String(usage.pids) },
  { title: 'READ', cell: ({ usage }) => formatBytes(usage.ioReadBytes), wide: true },
  { title: 'WRITTEN', cell: ({ usage }) => formatBytes(usage.ioWriteBytes), wide: true },
  { title: 'NET IN', cell: ({ usage }) => formatBytes(usage.networkRxBytes), wide: true },
  { title: 'NET OUT', cell: ({ usage }) => formatBytes(usage.networkTxBytes), wide: true },
  { title: 'OOM KILLS', cell: ({ usage }) => String(usage.oomKills), wide: true },
];
