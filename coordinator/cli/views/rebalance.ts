import { MoveOutcome, RebalanceState } from '../../../common/gen/headframe/v1/rebalance_pb.js';
import type {
  FleetBalance,
  RebalanceJob,
  RebalanceMove,
  RebalancePlan,
} from '../../../common/gen/headframe/v1/rebalance_pb.js';
import { tableOf } from '../output/view.js';
import type { Block, Cell, Column, View, Viewing } from '../output/view.js';
import { NOTHING, timeCell, toned } from './cells.js';

/** What `rebalance --plan` foresees and `--apply` begins. */
export function rebalancePlanView(plan: RebalancePlan, viewing: Viewing): View {
  const facts: [string, Cell][] = [
    ['hosts', String(plan.hosts)],
    ['moves', String(plan.moves.length)],
    ...balanceFacts(plan.before, plan.after),
    ...(plan.unsettled === '' ? [] : [['not settled', toned(plan.unsettled, 'warn')] satisfies [string, Cell]]),
  ];
  return [{ kind: 'facts', facts }, movesBlock(PLAN_COLUMNS, plan.moves, viewing)];
}

/** What `rebalance status` shows. */
export function rebalanceJobView(job: RebalanceJob, viewing: Viewing): View {
  const count = (outcome: MoveOutcome): string => String(job.moves.filter((move) => move.outcome === outcome).length);
  const facts: [string, Cell][] = [
    ['state', stateCell(job.state)],
    ['started', timeCell(Number(job.startedAtMs))],
    ['ended', timeCell(Number(job.endedAtMs))],
    ['moved', `${count(MoveOutcome.MOVED)} of ${String(job.moves.length)}`],
    ['under way', count(MoveOutcome.MOVING)],
    ['skipped', count(MoveOutcome.SKIPPED)],
    ['budget', `${String(job.movesPerHour)} an hour, ${String(job.atOnce)} at once`],
    ['waiting for', job.waitingFor || NOTHING],
    ...balanceFacts(job.before, job.now),
  ];
  return [{ kind: 'facts', facts }, movesBlock(JOB_COLUMNS, job.moves, viewing)];
}

function movesBlock(
  columns: readonly Column<RebalanceMove>[],
  moves: readonly RebalanceMove[],
  viewing: Viewing,
): Block {
  return { kind: 'table', table: tableOf(columns, moves, viewing.wide), empty: 'No move would pay.' };
}

function balanceFacts(before: FleetBalance | undefined, after: FleetBalance | undefined): [string, Cell][] {
  if (before === undefined || after === undefined) return [];
  const range = ({ lowestShare, highestShare }: FleetBalance): string =>
    `${percent(lowestShare)} to ${percent(highestShare)}`;
  return [
    ['deviation', `${percent(before.deviation)} -> ${percent(after.deviation)}`],
    ['shares', `${range(before)} -> ${range(after)}`],
    ['uneven spread', `${String(before.unevenSpread)} -> ${String(after.unevenSpread)}`],
  ];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function stateCell(state: RebalanceState): Cell {
  switch (state) {
    case RebalanceState.RUNNING:
      return toned('running', 'warn');
    case RebalanceState.CANCELLING:
      return toned('cancelling', 'warn');
    case RebalanceState.CANCELLED:
      return 'cancelled';
    case RebalanceState.FINISHED:
      return toned('finished', 'good');
    default:
      return 'unknown';
  }
}

function outcomeCell(outcome: MoveOutcome): Cell {
  switch (outcome) {
    case MoveOutcome.PLANNED:
      return 'planned';
    case MoveOutcome.MOVING:
      return toned('moving', 'warn');
    case MoveOutcome.MOVED:
      return toned('moved', 'good');
    case MoveOutcome.SKIPPED:
      return toned('skipped', 'faint');
    default:
      return 'unknown';
  }
}

const PLAN_COLUMNS: readonly Column<RebalanceMove>[] = [
  { title: 'INSTANCE', cell: ({ instanceId }) => instanceId },
  { title: 'FROM', cell: ({ fromHostName }) => fromHostName },
  { title: 'TO', cell: ({ toHostName }) => toHostName },
  {
    title: 'GAIN',
    cell: ({ gain, levelsSpread }) => (levelsSpread ? `${String(gain)} spread` : `${(gain * 100).toFixed(2)} %`),
  },
  { title: 'DOWN', cell: ({ hasIdentity }) => (hasIdentity ? toned('while it moves', 'warn') : 'never') },
  { title: 'WHY', cell: ({ why }) => why },
];

const JOB_COLUMNS: readonly Column<RebalanceMove>[] = [
  { title: 'INSTANCE', cell: ({ instanceId }) => instanceId },
  { title: 'FROM', cell: ({ fromHostName }) => fromHostName },
  { title: 'TO', cell: ({ toHostName }) => toHostName },
  { title: 'OUTCOME', cell: ({ outcome }) => outcomeCell(outcome) },
  { title: 'TEXT', cell: ({ text }) => text || NOTHING },
  { title: 'WHY', cell: ({ why }) => why, wide: true },
];
