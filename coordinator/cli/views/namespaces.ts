import { formatBytes, formatCpu } from '../../../common/model/units.js';
import type { NamespaceView } from '../../../common/wire/client.js';
import { tableOf } from '../output/view.js';
import type { Cell, Column, View, Viewing } from '../output/view.js';
import { NOTHING, ageCell, pairsCell, shareCell, timeCell, toned } from './cells.js';

/** The table of `namespaces ls`. */
export function namespacesView(namespaces: readonly NamespaceView[], viewing: Viewing): View {
  const table = tableOf(columns(viewing), namespaces, viewing.wide);
  return [{ kind: 'table', table, empty: 'No namespaces.' }];
}

/** All of one namespace, as `namespaces show` has it. */
export function namespaceView(namespace: NamespaceView): View {
  const { used, quota } = namespace;
  const facts: [string, Cell][] = [
    ['name', namespace.name],
    ['description', namespace.description || NOTHING],
    ['labels', pairsCell(namespace.labels)],
    ['miners', String(namespace.miners)],
    ['waiting for quota', waitingCell(namespace)],
    ['created', timeCell(namespace.createdAtMs)],
    ['updated', timeCell(namespace.updatedAtMs)],
  ];
  const shares: [string, Cell][] = [
    ['instances', usedCell(used.instances, quota.instances, String)],
    ['cpu', usedCell(used.cpuMillis, quota.cpuMillis, formatCpu)],
    ['memory', usedCell(used.memoryBytes, quota.memoryBytes, formatBytes)],
    ['disk', usedCell(used.diskBytes, quota.diskBytes, formatBytes)],
    ['gpus', usedCell(used.gpus, quota.gpus, String)],
  ];
  return [
    { kind: 'facts', facts },
    { kind: 'facts', title: 'Used of quota', facts: shares },
  ];
}

function waitingCell({ waiting }: NamespaceView): Cell {
  return toned(String(waiting), waiting > 0 ? 'warn' : undefined);
}

/** Used of the limit; without one, what is used alone. */
function usedCell(used: number, most: number | undefined, print: (amount: number) => string): Cell {
  if (most === undefined) return print(used);
  return most === 0 ? toned(`${print(used)}/${print(0)}`, used > 0 ? 'bad' : undefined) : shareCell(used, most, print);
}

function columns({ nowMs }: Viewing): Column<NamespaceView>[] {
  return [
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'MINERS', cell: ({ miners }) => String(miners) },
    { title: 'INSTANCES', cell: ({ used, quota }) => usedCell(used.instances, quota.instances, String) },
    { title: 'CPU', cell: ({ used, quota }) => usedCell(used.cpuMillis, quota.cpuMillis, formatCpu) },
    { title: 'MEMORY', cell: ({ used, quota }) => usedCell(used.memoryBytes, quota.memoryBytes, formatBytes) },
    { title: 'DISK', cell: ({ used, quota }) => usedCell(used.diskBytes, quota.diskBytes, formatBytes), wide: true },
    { title: 'GPUS', cell: ({ used, quota }) => usedCell(used.gpus, quota.gpus, String) },
    { title: 'WAITING', cell: waitingCell },
    { title: 'AGE', cell: ({ createdAtMs }) => ageCell(createdAtMs, nowMs) },
    { title: 'LABELS', cell: ({ labels }) => pairsCell(labels), wide: true },
    { title: 'DESCRIPTION', cell: ({ description }) => description || NOTHING, wide: true },
  ];
}
