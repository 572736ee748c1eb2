import { StakeGoal } from '../../../common/gen/headframe/v1/stake_policy_pb.js';
import type {
  StakePolicy,
  StakePolicyPlan,
  StakePolicyStatus,
  StakeSeen,
} from '../../../common/gen/headframe/v1/stake_policy_pb.js';
import { formatPriority } from '../../../common/model/priority.js';
import { formatPlanck } from '../../../common/model/token-amount.js';
import { formatDuration } from '../../../common/model/units.js';
import { tableOf } from '../output/view.js';
import type { Cell, Column, View, Viewing } from '../output/view.js';
import { NOTHING, ageCell, timeCell } from './cells.js';

/** Who says how tokens are written. */
interface Token {
  readonly tokenSymbol: string;
  readonly decimals?: number | undefined;
}

/** The table of `stake policy ls`. */
export function policiesView(policies: readonly StakePolicyStatus[], viewing: Viewing): View {
  const table = tableOf(columns(viewing), policies, viewing.wide);
  return [{ kind: 'table', table, empty: 'No stake policies.' }];
}

/** All of one policy, as `stake policy show` has it. */
export function policyView(status: StakePolicyStatus, { nowMs }: Viewing): View {
  const { policy, reason, text, seen, rounds } = status;
  const last = [status.lastIntent, status.lastState, status.lastError].filter((part) => part !== '').join(', ');
  const facts: [string, Cell][] = [
    ['name', policy?.name ?? NOTHING],
    ['why', reason === '' ? 'not looked at yet' : `${text} (${reason})`],
    ['looked at', status.lookedAtMs === 0n ? NOTHING : `${ageCell(Number(status.lookedAtMs), nowMs)} ago`],
    ['calls so far', String(rounds)],
    ['last call', last || NOTHING],
    ['set', timeCell(Number(status.updatedAtMs))],
    ['priority now', status.band === undefined ? 'that of the manifests' : formatPriority(status.band.priority)],
  ];
  return [
    { kind: 'facts', facts },
    ...(policy === undefined ? [] : [{ kind: 'facts', title: 'Wanted', facts: wanted(policy, status) } as const]),
    ...(seen === undefined ? [] : [{ kind: 'facts', title: 'Seen', facts: seenFacts(seen, status) } as const]),
  ];
}

/** What `stake policy plan` shows. */
export function policyPlanView(plan: StakePolicyPlan): View {
  const { call, seen, reason, text } = plan;
  const facts: [string, Cell][] = [
    ['why', `${text} (${reason})`],
    ['call', call === '' ? 'none' : `${call} ${plan.arguments}`],
  ];
  if (call !== '') {
    facts.push(['spends', base(plan.spendsPlanck, plan)]);
    if (plan.slippageBp !== undefined) facts.push(['slippage', `${(plan.slippageBp / 100).toFixed(2)} %`]);
  }
  return [
    { kind: 'facts', facts },
    ...(seen === undefined ? [] : [{ kind: 'facts', title: 'Seen', facts: seenFacts(seen, plan) } as const]),
  ];
}

function wanted(policy: StakePolicy, token: Token): [string, Cell][] {
  const { rewards, loss } = policy;
  return [
    ['network', policy.network],
    ['wallet', policy.wallet],
    ['hotkey', policy.hotkey],
    ['netuid', String(policy.netuid ?? 0)],
    ['target', own(policy.targetPlanck, token)],
    ['minimum', own(policy.minimumPlanck, token)],
    ['reserve', base(policy.reservePlanck, token)],
    ['slippage', `${((policy.slippageBp ?? 0) / 100).toFixed(2)} %`],
    ['rewards', rewardsCell(rewards, token)],
    ['on loss', lossCell(loss)],
    ...policy.priorities.map(({ atLeastPlanck, priority }, at): [string, Cell] => [
      at === 0 ? 'priority' : '',
      `${formatPriority(priority)} from ${own(atLeastPlanck, token)} on`,
    ]),
  ];
}

function rewardsCell(rewards: StakePolicy['rewards'], token: Token): string {
  if (rewards === undefined || rewards.goal <= StakeGoal.STAY) return 'stay on the hotkey';
  const from = `from ${own(rewards.thresholdPlanck, token)} on beyond the target`;
  if (rewards.goal === StakeGoal.SELL) return `sold ${from}`;
  return `moved to ${rewards.hotkey} in subnet ${String(rewards.netuid ?? 0)} ${from}`;
}

function lossCell(loss: StakePolicy['loss']): string {
  if (loss === undefined || loss.goal <= StakeGoal.STAY) return 'the stake stays';
  const when = loss.darkAfterMs === 0n ? '' : `, also when dark for ${formatDuration(Number(loss.darkAfterMs))}`;
  return `${loss.goal === StakeGoal.SELL ? 'sold' : `moved to ${loss.hotkey}`}${when}`;
}

function seenFacts(seen: StakeSeen, token: Token): [string, Cell][] {
  const { registered, pricePlanck, openIntent } = seen;
  return [
    ['at block', String(seen.block)],
    ['stake', own(seen.stakePlanck, token)],
    ['free', base(seen.freePlanck, token)],
    ['registered', registered === undefined ? NOTHING : registered ? 'yes' : 'no'],
    ['price', pricePlanck === undefined ? NOTHING : base(pricePlanck, token)],
    ['under way', openIntent || NOTHING],
  ];
}

function columns({ nowMs }: Viewing): Column<StakePolicyStatus>[] {
  return [
    { title: 'NAME', cell: ({ policy }) => policy?.name ?? NOTHING },
    { title: 'NETWORK', cell: ({ policy }) => policy?.network ?? NOTHING },
    { title: 'NETUID', cell: ({ policy }) => String(policy?.netuid ?? 0) },
    { title: 'HOTKEY', cell: ({ policy, hotkeyName }) => hotkeyName || (policy?.hotkey ?? NOTHING) },
    { title: 'TARGET', cell: (status) => own(status.policy?.targetPlanck ?? '', status) },
    { title: 'STAKE', cell: (status) => own(status.seen?.stakePlanck ?? '', status) },
    { title: 'WHY', cell: ({ reason }) => reason || NOTHING },
    { title: 'LOOKED AT', cell: ({ lookedAtMs }) => ageCell(Number(lookedAtMs), nowMs) },
    { title: 'CALLS', cell: ({ rounds }) => String(rounds), wide: true },
    { title: 'TEXT', cell: ({ text }) => text || NOTHING, wide: true },
  ];
}

function base(planck: string, { tokenSymbol: symbol, decimals }: Token): string {
  return planck === '' ? NOTHING : formatPlanck(BigInt(planck), { symbol, decimals });
}

/** Of the stake's own token, which has no name. */
function own(planck: string, { decimals }: Token): string {
  return base(planck, { tokenSymbol: '', decimals });
}
