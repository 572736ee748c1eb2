import { ApplyChange } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import type {
  ApplyResult,
  MinerPlan,
  PlanMinersResponse,
  PlannedPreemption,
} from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import type { SpecChange } from '../../../common/model/manifest/index.js';
import { whyFromWire } from '../../../common/wire/client.js';
import type { Block, Cell, View } from '../output/view.js';
import { NOTHING, toned } from './cells.js';
import { whyBlocks } from './why.js';

interface ChangeWords {
  readonly sign: string;
  readonly text: string;
}

function changeOf(change: ApplyChange): ChangeWords {
  switch (change) {
    case ApplyChange.UNCHANGED:
      return { sign: '=', text: 'unchanged' };
    case ApplyChange.CREATED:
      return { sign: '+', text: 'created' };
    case ApplyChange.UPDATED_IN_PLACE:
      return { sign: '~', text: 'updated in place' };
    case ApplyChange.UPDATED_BY_REPLACEMENT:
      return { sign: '±', text: 'updated by replacement' };
    default:
      return { sign: '?', text: 'unknown' };
  }
}

/** What `apply` did, one row a miner. */
export function applyView(results: readonly ApplyResult[]): View {
  const rows = results.map(({ name, change, changedPaths }) => [name, changeCell(change), pathsText(changedPaths)]);
  return [{ kind: 'table', table: { head: ['MINER', 'CHANGE', 'FIELDS'], rows }, empty: 'Nothing applied.' }];
}

/** What `plan` foresees, one part a miner and a summary at the end. */
export function planView({ plans, revision }: PlanMinersResponse): View {
  const summary = `Nothing was changed. Planned at revision ${String(revision)}.`;
  return [...plans.flatMap(minerPlanBlocks), { kind: 'text', text: summary }];
}

/** Whether a plan would change anything at all. */
export function hasChanges(plans: readonly { readonly change: ApplyChange }[]): boolean {
  return plans.some(({ change }) => change !== ApplyChange.UNCHANGED);
}

/** The fields in which one miner's manifest differs from what is applied; `before` undefined means it is new. */
export interface MinerDifference {
  readonly name: string;
  readonly isNew: boolean;
  readonly changes: readonly SpecChange[];
}

/** What `diff` found, as lines of text. */
export function differenceView(differences: readonly MinerDifference[]): View {
  const lines = differences.flatMap(({ name, isNew, changes }) => {
    if (isNew) return [`+ ${name} (new)`];
    if (changes.length === 0) return [`= ${name}`];
    return [`~ ${name}`, ...changes.map((change) => `    ${changeLine(change)}`)];
  });
  return [{ kind: 'text', text: lines.join('\n') }];
}

function changeLine({ path, before, after }: SpecChange): string {
  return `${path}: ${JSON.stringify(before ?? null)} -> ${JSON.stringify(after ?? null)}`;
}

function minerPlanBlocks(plan: MinerPlan): Block[] {
  const { name, change, changedPaths, placements, unplaced, stopping, preempted, why } = plan;
  const placed = placements.reduce((sum, { count }) => sum + count, 0);
  const facts: [string, Cell][] = [
    ['change', changeCell(change)],
    ['fields', pathsText(changedPaths)],
    ['would be placed', String(placed)],
    ['would wait', toned(String(unplaced), unplaced > 0 ? 'warn' : undefined)],
    ['would stop', toned(String(stopping), stopping > 0 ? 'warn' : undefined)],
    ['would preempt', toned(String(preempted.length), preempted.length > 0 ? 'warn' : undefined)],
  ];
  const rows = placements.map(({ hostId, hostName, count }) => [hostName || hostId, hostId, String(count)]);
  const table = { head: ['HOST', 'ID', 'INSTANCES'], rows };
  return [
    { kind: 'facts', title: `${changeOf(change).sign} ${name}`, facts },
    ...(placements.length === 0 ? [] : [{ kind: 'table' as const, table, empty: '' }]),
    ...preemptedBlocks(preempted),
    ...(why === undefined ? [] : whyBlocks('Why it would wait', whyFromWire(why))),
  ];
}

function preemptedBlocks(preempted: readonly PlannedPreemption[]): Block[] {
  if (preempted.length === 0) return [];
  const rows = preempted.map(({ instanceId, priority, hostId, hostName }) => [
    instanceId,
    String(priority),
    hostName || hostId,
  ]);
  return [{ kind: 'table', table: { head: ['PREEMPTED', 'PRIORITY', 'HOST'], rows }, empty: '' }];
}

function changeCell(change: ApplyChange): Cell {
  return toned(changeOf(change).text, change === ApplyChange.UNCHANGED ? 'faint' : 'good');
}

function pathsText(paths: readonly string[]): string {
  return paths.length === 0 ? NOTHING : paths.join(', ');
}
