import { create } from '@bufbuild/protobuf';
import { Option } from 'commander';
import {
  GetRebalanceResponseSchema,
  RebalanceJobSchema,
  RebalancePlanSchema,
} from '../../../common/gen/headframe/v1/rebalance_pb.js';
import type { RebalanceJob } from '../../../common/gen/headframe/v1/rebalance_pb.js';
import { countArgument, pairArgument } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import type { Registrar } from '../runner.js';
import { usageError } from '../usage-error.js';
import { rebalanceJobView, rebalancePlanView } from '../views/rebalance.js';

interface RebalanceOptions {
  readonly plan?: boolean;
  readonly apply?: boolean;
  readonly maxMoves?: number;
  readonly movesPerHour?: number;
  readonly atOnce?: number;
  readonly includeIdentities?: boolean;
  readonly miner?: string;
  readonly hosts?: Readonly<Record<string, string>>;
}

/** `rebalance [status|cancel]`. */
export const addRebalance: Registrar = (program, run) => {
  const rebalance = program
    .command('rebalance')
    .description('Level the load of hosts by moving instances: show the moves with what each gains, or make them.')
    .addOption(new Option('--plan', 'show the moves and change nothing').conflicts('apply'))
    .option('--apply', 'begin to make them, within the budget')
    .option('--max-moves <count>', 'most moves in all; 100 when left out', countArgument)
    .option('--moves-per-hour <count>', 'most moves begun in an hour; 60 when left out', countArgument)
    .option('--at-once <count>', 'most moves under way at once; 2 when left out', countArgument)
    .option('--include-identities', 'also instances with an exclusive identity, each of which is down while it moves')
    .option('--miner <miner>', 'only instances of this miner')
    .option('--hosts <key=value>', 'only between hosts with this label; may be repeated', pairArgument)
    .action(run((call, options: RebalanceOptions) => rebalanceFleet(call, options)));
  rebalance
    .command('status')
    .description('Show the rebalance under way, or the last one.')
    .action(run((call) => showRebalance(call)));
  rebalance
    .command('cancel')
    .description('Begin no further move; those under way are ended.')
    .action(run((call) => cancelRebalance(call)));
};

async function rebalanceFleet(call: Invocation, options: RebalanceOptions): Promise<void> {
  const { plan: asked, apply, miner = '', includeIdentities = false, maxMoves = 0 } = options;
  if (asked !== true && apply !== true)
    throw usageError('rebalance_how', 'neither --plan nor --apply is given', 'Begin with headframe rebalance --plan.');
  const { fleet } = await call.connect();
  const scope = { maxMoves, includeIdentities, miner, hostLabels: { ...options.hosts } };
  const { movesPerHour = 0, atOnce = 0 } = options;
  const response =
    apply === true
      ? await fleet.applyRebalance({ scope, movesPerHour, atOnce }, call.callOptions)
      : await fleet.planRebalance({ scope }, call.callOptions);
  const plan = response.plan ?? create(RebalancePlanSchema);
  await call.printer.message(RebalancePlanSchema, plan, (viewing) => rebalancePlanView(plan, viewing));
  await call.printer.note(noteOf(apply === true, plan.moves.length));
}

function noteOf(applies: boolean, moves: number): string {
  if (!applies) return 'Nothing was changed.';
  return moves === 0 ? 'Nothing was begun.' : 'Begun. See headframe rebalance status.';
}

async function showRebalance(call: Invocation): Promise<void> {
  const { fleet } = await call.connect();
  const response = await fleet.getRebalance({}, call.callOptions);
  const { job } = response;
  await call.printer.message(GetRebalanceResponseSchema, response, (viewing) =>
    job === undefined ? [{ kind: 'text', text: 'There has been no rebalance.' }] : rebalanceJobView(job, viewing),
  );
}

async function cancelRebalance(call: Invocation): Promise<void> {
  const { fleet } = await call.connect();
  const job: RebalanceJob = (await fleet.cancelRebalance({}, call.callOptions)).job ?? create(RebalanceJobSchema);
  await call.printer.message(RebalanceJobSchema, job, (viewing) => rebalanceJobView(job, viewing));
}
