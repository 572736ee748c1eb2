import { formatBytes, formatCpu } from '../../../common/model/units.js';
import type { InstanceUsage } from '../../../common/model/host.js';
import type { InstanceView, Progress } from '../../../common/wire/client.js';
import { tableOf } from '../output/view.js';
import type { Block, Cell, Column, Table, View, Viewing } from '../output/view.js';
import { NOTHING, ageCell, healthCell, stateCell, timeCell } from './cells.js';

/** The table of `instances ls`. */
export function instancesView(instances: readonly InstanceView[], viewing: Viewing): View {
  return [{ kind: 'table', table: instanceTable(instances, viewing), empty: 'No instances.' }];
}

/** Instances as rows. */
export function instanceTable(instances: readonly InstanceView[], viewing: Viewing): Table {
  return tableOf(columns(viewing), instances, viewing.wide);
}

/** What is known of one instance besides its record. */
export interface InstanceDetail {
  readonly instance: InstanceView;
  readonly progress: Progress | undefined;
  readonly usage: InstanceUsage | undefined;
}

/** All of one instance, as `instances show` has it. */
export function instanceView({ instance, progress, usage }: InstanceDetail): View {
  const facts: [string, Cell][] = [
    ['id', instance.id],
    ['miner', instance.miner],
    ['host', hostText(instance)],
    ['state', stateCell(instance.state)],
    ['health', healthCell(instance.health)],
    ['reason', instance.reason || NOTHING],
    ['text', instance.text || NOTHING],
    ['restarts', String(instance.restarts)],
    ['exit code', instance.exitCode === undefined ? NOTHING : String(instance.exitCode)],
    ['ports', portsText(instance)],
    ['gpus', instance.gpuIds.join(', ') || NOTHING],
    ['container', instance.containerId || NOTHING],
    ['created', timeCell(instance.createdAtMs)],
    ['changed', timeCell(instance.changedAtMs)],
    ['started', timeCell(instance.startedAtMs)],
    ['spec revision', String(instance.specRevision)],
  ];
  if (progress !== undefined) facts.push(['progress', progressText(progress)]);
  const blocks: Block[] = [{ kind: 'facts', facts }];
  if (usage !== undefined) blocks.push({ kind: 'facts', title: 'Usage', facts: usageFacts(usage) });
  return blocks;
}

/** A host by name and id, as far as there is one. */
function hostText({ hostId, hostName }: InstanceView): string {
  if (hostId === undefined) return NOTHING;
  return hostName === '' ? hostId : `${hostName} (${hostId})`;
}

/** Where a pull or build is, such as `pull 12 MiB of 80 MiB`. */
export function progressText({ activity, doneBytes, totalBytes, text }: Progress): string {
  const amount = totalBytes === 0 ? formatBytes(doneBytes) : `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`;
  return [activity, doneBytes === 0 && totalBytes === 0 ? '' : amount, text].filter((part) => part !== '').join(' ');
}

function usageFacts(usage: InstanceUsage): (readonly [string, Cell])[] {
  return [
    ['cpu', formatCpu(usage.cpuMillis)],
    ['memory', formatBytes(usage.memoryBytes)],
    ['processes', String(usage.pids)],
    ['disk read/written', `${formatBytes(usage.ioReadBytes)} / ${formatBytes(usage.ioWriteBytes)}`],
    ['network in/out', `${formatBytes(usage.networkRxBytes)} / ${formatBytes(usage.networkTxBytes)}`],
    ['kills for memory', String(usage.oomKills)],
  ];
}

/** Ports as `web 20001->80`. */
function portsText({ ports }: InstanceView): string {
  const texts = ports.map(
    ({ name, containerPort, hostPort }) => `${name} ${String(hostPort)}->${String(containerPort)}`,
  );
  return texts.length === 0 ? NOTHING : texts.join(', ');
}

function columns({ nowMs }: Viewing): Column<InstanceView>[] {
  return [
    { title: 'ID', cell: ({ id }) => id },
    { title: 'HOST', cell: ({ hostId, hostName }) => hostName || (hostId ?? NOTHING) },
    { title: 'STATE', cell: ({ state }) => stateCell(state) },
    { title: 'HEALTH', cell: ({ health }) => healthCell(health) },
    { title: 'RESTARTS', cell: ({ restarts }) => String(restarts) },
    { title: 'AGE', cell: ({ createdAtMs }) => ageCell(createdAtMs, nowMs) },
    { title: 'UP', cell: (one) => (one.state === 'running' ? ageCell(one.startedAtMs, nowMs) : NOTHING), wide: true },
    { title: 'PORTS', cell: portsText, wide: true },
    { title: 'CONTAINER', cell: ({ containerId }) => containerId.slice(0, 12) || NOTHING, wide: true },
    { title: 'REASON', cell: ({ reason }) => reason || NOTHING },
    { title: 'TEXT', cell: ({ text }) => text || NOTHING, wide: true },
  ];
}
