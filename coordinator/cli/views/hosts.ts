import { partsText } from '../../../common/model/fingerprint.js';
import type { ReportedPlotFolder } from '../../../common/model/plot-folder.js';
import { formatBytes, formatCpu } from '../../../common/model/units.js';
import type { HostView } from '../../../common/wire/client.js';
import { tableOf } from '../output/view.js';
import type { Cell, Column, View, Viewing } from '../output/view.js';
import { NOTHING, ageCell, capacityFacts, hostStateCell, pairsCell, shareCell, timeCell } from './cells.js';
import { verifiedFacts } from './challenges.js';
import { upkeepFacts } from './host-upkeep.js';

/** The table of `hosts ls`. */
export function hostsView(hosts: readonly HostView[], viewing: Viewing): View {
  const empty = 'No hosts. Start an agent: headframe agent start.';
  return [{ kind: 'table', table: tableOf(columns(viewing), hosts, viewing.wide), empty }];
}

/** All of one host, as `hosts show` has it. */
export function hostView(host: HostView, viewing: Viewing): View {
  const { nowMs } = viewing;
  const { description } = host;
  const facts: [string, Cell][] = [
    ['id', host.id],
    ['name', host.name],
    ['state', hostStateCell(host)],
    ['reason', host.reason || NOTHING],
    ['text', host.text || NOTHING],
    ['last seen', host.lastSeenMs === 0 ? NOTHING : `${ageCell(host.lastSeenMs, nowMs)} ago`],
    ['joined', timeCell(host.joinedAtMs)],
    ['instances', String(host.instances)],
    ...upkeepFacts(host, viewing),
    ...verifiedFacts(host, viewing),
    ['labels', pairsCell(host.labels)],
    ...(host.plotFolders ?? []).map(plotFact),
    ['runtime', runtimeText(host)],
    ['agent', host.agentVersion || NOTHING],
    [
      'system',
      `${description.os} ${description.arch}, kernel ${description.kernel}, cgroup ${description.cgroupVersion}`,
    ],
    ['processor', `${String(description.cpuCount)} × ${description.cpuModel}`],
    ['known by', partsText(description.fingerprint ?? []) || NOTHING],
    ['became another machine', host.otherMachine || NOTHING],
    ['addresses', description.addresses.join(', ') || NOTHING],
    ['gpu devices', description.gpus.map(({ id, model }) => `${id} (${model})`).join(', ') || NOTHING],
  ];
  return [
    { kind: 'facts', facts },
    { kind: 'facts', title: 'Allocated of allocatable', facts: capacityFacts(host.allocated, host.allocatable) },
  ];
}

function plotFact({ path, status, diskClass, plots, plotBytes, roomBytes }: ReportedPlotFolder): [string, Cell] {
  if (status !== 'well') return ['folder of plots', { text: `${path}: ${status}`, tone: 'bad' }];
  const kind = diskClass === '' ? 'disk' : diskClass;
  const held = `${String(plots)} plots, ${formatBytes(plotBytes)}`;
  return ['folder of plots', `${path}: ${held}, room for ${formatBytes(roomBytes)} on ${kind}`];
}

function runtimeText({ runtime, description }: HostView): string {
  if (runtime === 'process') return 'process (instances are not walled off from the host)';
  return `${runtime} ${description.engineVersion}`;
}

function columns({ nowMs }: Viewing): Column<HostView>[] {
  return [
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'ID', cell: ({ id }) => id },
    { title: 'STATE', cell: hostStateCell },
    { title: 'INSTANCES', cell: ({ instances }) => String(instances) },
    { title: 'CPU', cell: (host) => shareCell(host.allocated.cpuMillis, host.allocatable.cpuMillis, formatCpu) },
    {
      title: 'MEMORY',
      cell: (host) => shareCell(host.allocated.memoryBytes, host.allocatable.memoryBytes, formatBytes),
    },
    {
      title: 'DISK',
      cell: (one) => shareCell(one.allocated.diskBytes, one.allocatable.diskBytes, formatBytes),
      wide: true,
    },
    {
      title: 'GPUS',
      cell: ({ allocated, allocatable }) => shareCell(allocated.gpus, allocatable.gpus, String),
      wide: true,
    },
    { title: 'RUNTIME', cell: ({ runtime }) => runtime || NOTHING },
    { title: 'SEEN', cell: ({ lastSeenMs }) => ageCell(lastSeenMs, nowMs) },
    { title: 'AGENT', cell: ({ agentVersion }) => agentVersion || NOTHING, wide: true },
    { title: 'LABELS', cell: ({ labels }) => pairsCell(labels), wide: true },
    { title: 'REASON', cell: ({ reason }) => reason || NOTHING },
    { title: 'TEXT', cell: ({ text }) => text || NOTHING, wide: true },
  ];
}
