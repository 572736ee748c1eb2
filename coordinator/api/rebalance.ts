import { MoveOutcome as WireOutcome, RebalanceState } from '../../common/gen/headframe/v1/rebalance_pb.js';
import type { RebalanceScope as WireScope } from '../../common/gen/headframe/v1/rebalance_pb.js';
import type { FleetService } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import { instanceId } from '../../common/model/instance.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import type {
  Balance,
  JobMove,
  Move,
  MoveOutcome,
  RebalanceJob,
  RebalancePlan,
  RebalanceScope,
} from '../rebalance/index.js';
import { readDurably } from './durably.js';
import { findMiner } from './find.js';
import type { ApiParts } from './parts.js';
import { invalidRequest } from './refuse.js';

/** The handlers of rebalances. */
type Rebalancing = Pick<
  ServiceImplementation<typeof FleetService>,
  'planRebalance' | 'applyRebalance' | 'getRebalance' | 'cancelRebalance'
>;

const MOVES = { standard: 100, most: 1000 };
const MOVES_PER_HOUR = { standard: 60, most: 10_000 };
const AT_ONCE = { standard: 2, most: 100 };

const OUTCOMES: Readonly<Record<MoveOutcome, WireOutcome>> = {
  planned: WireOutcome.PLANNED,
  moving: WireOutcome.MOVING,
  moved: WireOutcome.MOVED,
  skipped: WireOutcome.SKIPPED,
};

const STATES: Readonly<Record<RebalanceJob['state'], RebalanceState>> = {
  running: RebalanceState.RUNNING,
  cancelling: RebalanceState.CANCELLING,
  cancelled: RebalanceState.CANCELLED,
  finished: RebalanceState.FINISHED,
};

/** Makes the handlers; those that change answer once the change is durable. */
export function rebalancing({ fleet, rebalance }: Pick<ApiParts, 'fleet' | 'rebalance'>): Rebalancing {
  const planToWire = (plan: RebalancePlan, revision: number) => ({
    ...plan,
    moves: plan.moves.map(moveToWire),
    unsettled: rebalance.unsettled,
    revision: BigInt(revision),
  });
  const standing = async () => {
    const { value } = await readDurably(fleet, () => rebalance.standing);
    if (value === undefined) return {};
    const now = await rebalance.measure(value.job.scope);
    return { job: jobToWire(value.job, value.waitingFor, now) };
  };
  return {
    planRebalance: async ({ scope }) => {
      const { revision } = fleet;
      return { plan: planToWire(await rebalance.plan(readScope(fleet, scope)), revision) };
    },
    applyRebalance: async ({ scope, movesPerHour, atOnce }) => {
      const { revision } = fleet;
      const budget = {
        movesPerHour: bounded('moves_per_hour', movesPerHour, MOVES_PER_HOUR),
        atOnce: bounded('at_once', atOnce, AT_ONCE),
      };
      const plan = await rebalance.apply(readScope(fleet, scope), budget);
      return { plan: planToWire(plan, revision), ...(plan.moves.length === 0 ? {} : await standing()) };
    },
    getRebalance: standing,
    cancelRebalance: async () => {
      await rebalance.cancel();
      return standing();
    },
  };
}

function readScope(fleet: ApiParts['fleet'], scope: WireScope | undefined): RebalanceScope {
  const { maxMoves = 0, includeIdentities = false, miner = '', hostLabels = {} } = scope ?? {};
  if (miner !== '') findMiner(fleet, miner);
  return { maxMoves: bounded('scope.max_moves', maxMoves, MOVES), includeIdentities, miner, hostLabels };
}

function bounded(path: string, value: number, { standard, most }: { standard: number; most: number }): number {
  if (value <= most) return value === 0 ? standard : value;
  throw invalidRequest({ path, value: String(value), expected: `0 to ${String(most)}` });
}

function moveToWire(move: Move | JobMove) {
  const { serial, miner, why, gain, levelsSpread, hasIdentity } = move;
  return {
    instanceId: instanceId(miner, serial),
    ...{ miner, why, gain, levelsSpread, hasIdentity },
    fromHostId: move.fromId,
    fromHostName: move.fromName,
    toHostId: move.toId,
    toHostName: move.toName,
    ...('outcome' in move
      ? { outcome: OUTCOMES[move.outcome], text: move.text, landedOnHostId: move.landedOnId }
      : { outcome: WireOutcome.PLANNED }),
  };
}

function jobToWire(job: RebalanceJob, waitingFor: string, now: Balance) {
  const { movesPerHour, atOnce, before } = job;
  return {
    state: STATES[job.state],
    startedAtMs: BigInt(job.startedAtMs),
    endedAtMs: BigInt(job.endedAtMs),
    ...{ movesPerHour, atOnce, waitingFor, before, now },
    moves: job.moves.map(moveToWire),
  };
}
