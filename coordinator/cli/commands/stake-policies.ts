import { Option } from 'commander';
import type { Command } from 'commander';
import { StakeGoal } from '../../../common/gen/headframe/v1/stake_policy_pb.js';
import {
  GetStakePolicyResponseSchema,
  ListStakePoliciesResponseSchema,
  PlanStakePolicyResponseSchema,
  RemoveStakePolicyResponseSchema,
  SetStakePolicyResponseSchema,
} from '../../../common/gen/headframe/v1/stake_service_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import { PRIORITY_CLASSES } from '../../../common/model/priority.js';
import { planckIn, tokenOf } from '../amounts.js';
import { confirm } from '../confirm.js';
import { addYesOption, countArgument, durationArgument } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import type { Runner } from '../runner.js';
import { policiesView, policyPlanView, policyView } from '../views/stake-policies.js';
import { percentArgument } from './stake-paying.js';

const GOALS = { keep: StakeGoal.STAY, stay: StakeGoal.STAY, sell: StakeGoal.SELL, move: StakeGoal.MOVE } as const;
const NAME = ['<name>', 'name of the policy'] as const;

interface SetOptions {
  readonly network: string;
  readonly wallet: string;
  readonly hotkey: string;
  readonly netuid?: number;
  readonly target: string;
  readonly minimum?: string;
  readonly reserve?: string;
  /** Basis points. */
  readonly slippage?: number;
  readonly rewards: 'keep' | 'sell' | 'move';
  readonly rewardsThreshold?: string;
  readonly rewardsHotkey?: string;
  readonly rewardsNetuid?: number;
  readonly onLoss: 'stay' | 'sell' | 'move';
  readonly lossHotkey?: string;
  /** Milliseconds. */
  readonly darkAfter?: number;
  /** As `amount=priority`. */
  readonly priority?: readonly string[];
}

/** Adds `stake policy set|show|ls|plan|rm`. */
export function addStakePolicies(stake: Command, run: Runner): void {
  const policy = stake.command('policy').description('Say what a stake is to be, and have the coordinator see to it.');
  addSet(policy).action(run(set));
  policy
    .command('ls')
    .description('List stake policies: what each wants, and why it stands as it does.')
    .action(run(list));
  policy
    .command('show')
    .description('Show a stake policy, what it saw last, and what became of its last call.')
    .argument(...NAME)
    .action(run(show));
  policy
    .command('plan')
    .description('Say what a stake policy would do now, and why; nothing is sent.')
    .argument(...NAME)
    .action(run(plan));
  const remove = policy
    .command('rm')
    .description('Remove a stake policy. The stake stays as it is, and a call that is under way goes on. Asks first.')
    .argument(...NAME);
  addYesOption(remove).action(run(removeOne));
}

function addSet(policy: Command): Command {
  return policy
    .command('set')
    .description('Set a stake policy, new or in the place of that of its name; one that was halted goes on.')
    .argument(...NAME)
    .requiredOption('--network <network>', 'name of the network')
    .requiredOption('--wallet <name>', 'the wallet that pays, and has the stake')
    .requiredOption('--hotkey <hotkey>', 'wallet/hotkey, a hotkey of the wallet, or an address')
    .option('--netuid <netuid>', 'the subnet; where stake is not held by subnet, none', countArgument)
    .requiredOption('--target <amount>', "what is to be staked, of the stake's own token; 0 never adds any")
    .option('--minimum <amount>', 'below which it is filled up to the target; else 95 % of that')
    .option('--reserve <amount>', "what of the base token stays in the coldkey's balance; else none")
    .option('--slippage <percent>', 'the most that a trade may lose to slippage; else 1%', percentArgument)
    .addOption(
      new Option('--rewards <goal>', 'where what is staked beyond the target goes')
        .choices(['keep', 'sell', 'move'])
        .default('keep'),
    )
    .option('--rewards-threshold <amount>', 'how much beyond the target there has to be')
    .option('--rewards-hotkey <hotkey>', 'where rewards are moved to; else the same')
    .option(
      '--rewards-netuid <netuid>',
      'where rewards are moved to, such as 0, the root; else the same',
      countArgument,
    )
    .addOption(
      new Option('--on-loss <goal>', 'what becomes of the stake on a hotkey that is pruned, or dark')
        .choices(['stay', 'sell', 'move'])
        .default('stay'),
    )
    .option('--loss-hotkey <hotkey>', 'where it is moved to then')
    .option(
      '--dark-after <duration>',
      "how long none of the hotkey's miners runs before that is its loss",
      durationArgument,
    )
    .option(
      '--priority <amount=priority...>',
      "from which stake on the hotkey's miners have which priority, such as 100=high; once for each, else that of their manifests",
    );
}

async function set(call: Invocation, name: string, options: SetOptions): Promise<void> {
  const { network, wallet, hotkey, netuid, slippage: slippageBp } = options;
  const token = await tokenOf(call, network);
  const own = { ...token, symbol: '' };
  const planck = (text: string | undefined, option: string, of = own): string =>
    text === undefined ? '' : planckIn(text, option, of);
  const { rewardsNetuid, darkAfter = 0 } = options;
  const policy = {
    ...{ name, network, wallet, hotkey },
    ...(netuid === undefined ? {} : { netuid }),
    targetPlanck: planck(options.target, '--target'),
    minimumPlanck: planck(options.minimum, '--minimum'),
    reservePlanck: planck(options.reserve, '--reserve', token),
    ...(slippageBp === undefined ? {} : { slippageBp }),
    rewards: {
      goal: GOALS[options.rewards],
      thresholdPlanck: planck(options.rewardsThreshold, '--rewards-threshold'),
      hotkey: options.rewardsHotkey ?? '',
      ...(rewardsNetuid === undefined ? {} : { netuid: rewardsNetuid }),
    },
    priorities: (options.priority ?? []).map((text) => bandArgument(text, own)),
    loss: { goal: GOALS[options.onLoss], hotkey: options.lossHotkey ?? '', darkAfterMs: BigInt(darkAfter) },
  };
  const { stake } = await call.connect();
  const response = await stake.setStakePolicy({ policy }, call.callOptions);
  await call.printer.message(SetStakePolicyResponseSchema, response, () => [
    { kind: 'text', text: `stake policy ${name} set; headframe stake policy plan ${name} tells what it does next` },
  ]);
}

/** `100=high`, or `100=700`: from so much stake on, that priority. Throws `HeadframeError` (invalid_argument, 'request_invalid'). */
function bandArgument(text: string, token: Parameters<typeof planckIn>[2]) {
  const [amount = '', word = '', ...more] = text.split('=');
  const named = Object.entries(PRIORITY_CLASSES).find(([name]) => name === word)?.[1];
  const priority = named ?? (/^\d{1,4}$/.test(word) ? Number(word) : undefined);
  if (priority !== undefined && more.length === 0)
    return { atLeastPlanck: planckIn(amount, '--priority', token), priority };
  const expected = 'an amount, "=" and a priority, such as 100=high or 100=700';
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'request_invalid',
    message: `--priority: expected ${expected}`,
    violations: [{ path: '--priority', value: text.slice(0, 80), expected }],
  });
}

async function list(call: Invocation): Promise<void> {
  const { stake } = await call.connect();
  const response = await stake.listStakePolicies({}, call.callOptions);
  await call.printer.message(ListStakePoliciesResponseSchema, response, (viewing) =>
    policiesView(response.policies, viewing),
  );
}

async function show(call: Invocation, name: string): Promise<void> {
  const { stake } = await call.connect();
  const response = await stake.getStakePolicy({ name }, call.callOptions);
  await call.printer.message(GetStakePolicyResponseSchema, response, (viewing) =>
    response.status === undefined ? [] : policyView(response.status, viewing),
  );
}

async function plan(call: Invocation, name: string): Promise<void> {
  const { stake } = await call.connect();
  const response = await stake.planStakePolicy({ name }, call.callOptions);
  await call.printer.message(PlanStakePolicyResponseSchema, response, () =>
    response.plan === undefined ? [] : policyPlanView(response.plan),
  );
}

async function removeOne(call: Invocation, name: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  await confirm(call.world, `Remove the stake policy ${name}`, yes);
  const { stake } = await call.connect();
  const response = await stake.removeStakePolicy({ name }, call.callOptions);
  await call.printer.message(RemoveStakePolicyResponseSchema, response, () => [
    { kind: 'text', text: `stake policy ${name} removed; its stake stays as it is` },
  ]);
}
