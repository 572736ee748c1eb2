import { specToManifest } from '../../../common/model/manifest/index.js';
import { formatPriority } from '../../../common/model/priority.js';
import { formatBytes, formatCpu } from '../../../common/model/units.js';
import { priorityOf } from '../../../common/model/miner.js';
import type { InstanceView, MinerView } from '../../../common/wire/client.js';
import { stringify } from 'yaml';
import { tableOf } from '../output/view.js';
import type { Block, Cell, Column, View, Viewing } from '../output/view.js';
import { autoscaleBlocks, scaleText } from './autoscale.js';
import { NOTHING, ageCell, pairsCell, timeCell, toned } from './cells.js';
import { instanceTable } from './instances.js';
import { quarantineBlock, rolloutBlock } from './rollout.js';
import { whyBlocks, whyCell, whyLine } from './why.js';

/** Instances that are shown with their miner. */
const MOST_INSTANCES = 20;

/** One word for how a miner stands. */
export type MinerStanding =
  'running' | 'waiting' | 'starting' | 'stopping' | 'stopped' | 'deleting' | 'completed' | 'quarantined';

/** How a miner stands: what is asked of it first, then what is missing. */
export function standingOf({ deleting, stopped, counts, quarantine }: MinerView): MinerStanding {
  const { desired, pending, starting, running, stopping, completed } = counts;
  const live = pending + starting + running + stopping;
  if (deleting) return 'deleting';
  if (stopped || desired === 0) return live === 0 ? 'stopped' : 'stopping';
  if (quarantine !== undefined && running + completed < desired) return 'quarantined';
  if (running + completed >= desired) return running === 0 && completed > 0 ? 'completed' : 'running';
  return pending > 0 && starting === 0 ? 'waiting' : 'starting';
}

/** The table of `miners ls`. */
export function minersView(miners: readonly MinerView[], viewing: Viewing): View {
  return [{ kind: 'table', table: tableOf(columns(viewing), miners, viewing.wide), empty: 'No miners.' }];
}

/** All of one miner, as `miners show` has it. */
export function minerView(miner: MinerView, instances: readonly InstanceView[], viewing: Viewing): View {
  const { spec, counts } = miner;
  const facts: [string, Cell][] = [
    ['name', spec.name],
    ['namespace', spec.namespace],
    ['kind', spec.kind],
    ['status', standingCell(miner)],
    ['priority', priorityCell(miner)],
    ['running', `${String(counts.running)}/${String(counts.desired)}`],
    ['labels', pairsCell(spec.labels)],
    ['created', timeCell(miner.createdAtMs)],
    ['updated', timeCell(miner.updatedAtMs)],
    ['revision', String(miner.revision)],
  ];
  return [
    { kind: 'facts', facts },
    ...(miner.why === undefined ? [] : whyBlocks('Why it is not as wanted', miner.why)),
    ...(miner.rollout === undefined ? [] : [rolloutBlock(miner.rollout)]),
    ...(miner.autoscale === undefined ? [] : autoscaleBlocks(miner.autoscale, viewing)),
    ...(miner.quarantine === undefined ? [] : [quarantineBlock(miner.quarantine)]),
    instancesBlock(spec.name, instances, viewing),
    { kind: 'text', title: 'Manifest', text: stringify(specToManifest(spec)) },
  ];
}

function instancesBlock(miner: string, instances: readonly InstanceView[], viewing: Viewing): Block {
  const shown = instances.slice(0, MOST_INSTANCES);
  const rest = `the first ${String(shown.length)} of ${String(instances.length)}: headframe instances ls --miner ${miner}`;
  const title = shown.length < instances.length ? `Instances (${rest})` : 'Instances';
  return { kind: 'table', title, table: instanceTable(shown, viewing), empty: 'No instances.' };
}

function priorityCell({ spec, stakePriority }: MinerView): string {
  const own = priorityText(spec.priority);
  return stakePriority === undefined
    ? own
    : `${priorityText(stakePriority.priority)} by the stake policy ${stakePriority.policy}; ${own} by its manifest`;
}

/** A priority with its class's name, such as `900 (critical)`. */
function priorityText(priority: number): string {
  const text = formatPriority(priority);
  return text === String(priority) ? text : `${String(priority)} (${text})`;
}

/** How a miner stands, in a cell. */
export function standingCell(miner: MinerView): Cell {
  const standing = standingOf(miner);
  if (standing === 'quarantined') return { text: standing, tone: 'bad' };
  const update = updateWord(miner);
  if (update !== undefined) return { text: `${standing},${update}`, tone: update === 'update failed' ? 'bad' : 'warn' };
  const unhealthy = standing === 'running' && miner.counts.healthy < miner.counts.running;
  if (unhealthy) return { text: 'running,unhealthy', tone: 'bad' };
  const good = standing === 'running' || standing === 'completed';
  return toned(standing, good ? 'good' : standing === 'waiting' || standing === 'starting' ? 'warn' : 'faint');
}

/** What is to be known at a glance of a rollout that replaces instances; undefined when nothing is. */
function updateWord({ rollout }: MinerView): string | undefined {
  if (rollout?.state === 'paused') return 'paused';
  if (rollout?.state === 'failed') return 'update failed';
  return rollout?.state === 'progressing' && rollout.fromRevision > 0 ? 'updating' : undefined;
}

function columns({ nowMs }: Viewing): Column<MinerView>[] {
  return [
    { title: 'NAME', cell: ({ spec }) => spec.name },
    { title: 'KIND', cell: ({ spec }) => spec.kind },
    { title: 'PRIORITY', cell: (miner) => formatPriority(priorityOf(miner)) },
    { title: 'STATUS', cell: standingCell },
    { title: 'RUNNING', cell: ({ counts }) => `${String(counts.running)}/${String(counts.desired)}` },
    { title: 'WAITING', cell: ({ counts }) => String(counts.pending) },
    { title: 'AGE', cell: ({ createdAtMs }) => ageCell(createdAtMs, nowMs) },
    { title: 'NAMESPACE', cell: ({ spec }) => spec.namespace, wide: true },
    { title: 'SCALE', cell: ({ autoscale }) => (autoscale === undefined ? NOTHING : scaleText(autoscale)), wide: true },
    { title: 'IMAGE', cell: ({ spec }) => spec.container.image, wide: true },
    { title: 'CPU', cell: ({ spec }) => formatCpu(spec.resources.cpuMillis), wide: true },
    { title: 'MEMORY', cell: ({ spec }) => formatBytes(spec.resources.memoryBytes), wide: true },
    { title: 'LABELS', cell: ({ spec }) => pairsCell(spec.labels), wide: true },
    { title: 'WHY', cell: ({ why }) => whyCell(why) },
    { title: 'DETAIL', cell: ({ why }) => (why === undefined ? '-' : whyLine(why)), wide: true },
  ];
}
