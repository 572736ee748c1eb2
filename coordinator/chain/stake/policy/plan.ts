import type { RetryClass } from '../../../../common/model/intent.js';
import type { StakePolicyRecord, StakePolicySpec } from '../../../../common/model/stake-policy.js';
import type { StakeReason } from '../../../../common/model/stake-reasons.js';
import type { HotkeyPlace, StakeOperation } from '../operation.js';
import { WHOLE } from '../quote.js';

/** What a policy is judged by. Amounts in the smallest unit. */
export interface PolicyObserved {
  readonly nowMs: number;
  /** Number of the block that all of it was read at. */
  readonly block: number;
  /** Of the stake's own token. */
  readonly stake: bigint;
  /** What the coldkey can spend, less what its calls under way may cost. */
  readonly free: bigint;
  /** Whether the hotkey has a uid in the subnet; undefined where stake needs none. */
  readonly registered: boolean | undefined;
  /** Base token for one whole unit of the stake's; undefined where the chain does not tell. */
  readonly price: bigint | undefined;
  /** The least that the chain trades, in the base token; 0 where it does not say. */
  readonly least: bigint;
  /** A call of the policy that has not ended. */
  readonly open: string | undefined;
}

/** What is next for a policy, and why; without an operation it waits. */
export interface PolicyStep {
  readonly reason: StakeReason;
  readonly text: string;
  readonly operation?: StakeOperation;
}

/** After a failure that may pass by itself. */
const RETRY_MS = 600_000;

/** What is done about each class of failure: tried again, looked at anew as the chain stands, or left to people. */
const AFTER: Readonly<Record<RetryClass, 'retry' | 'again' | 'halt'>> = {
  already_done: 'again',
  wait_block: 'retry',
  wait_poll: 'retry',
  requote: 'retry',
  rebuild: 'retry',
  money: 'retry',
  pruned: 'retry',
  amount: 'halt',
  switch_path: 'halt',
  never: 'halt',
  security_stop: 'halt',
  unknown: 'halt',
};

/** The next step of a policy: one call at a time, each judged by the chain as the one before left it. Pure. */
export function planStake(record: StakePolicyRecord, observed: PolicyObserved): PolicyStep {
  return unsettled(record, observed) ?? lossStep(record, observed) ?? levelStep(record.spec, observed);
}

/** Why nothing can be decided yet, if so. */
function unsettled(record: StakePolicyRecord, observed: PolicyObserved): PolicyStep | undefined {
  const { open } = observed;
  if (open !== undefined) return { reason: 'stake_call_open', text: `The call ${open} is under way.` };
  return behind(record, observed) ?? afterFailure(record, observed);
}

/** An endpoint that lags knows neither what the last call did nor of the registration. */
function behind({ last, registeredBlock = 0 }: StakePolicyRecord, { block }: PolicyObserved): PolicyStep | undefined {
  const seen = Math.max(last?.block ?? 0, registeredBlock);
  if (seen <= block) return undefined;
  return { reason: 'stake_behind', text: `Block ${String(seen)} is awaited; the best is ${String(block)}.` };
}

function afterFailure({ last }: StakePolicyRecord, { block, nowMs }: PolicyObserved): PolicyStep | undefined {
  if (last === undefined || last.state === 'finalised' || last.forgiven === true) return undefined;
  const after = last.state === 'abandoned' ? 'retry' : AFTER[last.class ?? 'unknown'];
  const failed = `The call ${last.intent} ended as ${last.state}${last.error === undefined ? '' : `: ${last.error}`}`;
  if (after === 'halt') return { reason: 'stake_halted', text: `${failed}.` };
  if (after === 'again') return undefined;
  return backoff(last.askAtBlock, last.endedAtMs + RETRY_MS, { block, nowMs }, failed);
}

function backoff(
  askAtBlock: number | undefined,
  untilMs: number,
  { block, nowMs }: { readonly block: number; readonly nowMs: number },
  failed: string,
): PolicyStep | undefined {
  if (askAtBlock !== undefined)
    return block >= askAtBlock
      ? undefined
      : { reason: 'stake_backoff', text: `${failed}; tried again at block ${String(askAtBlock)}.` };
  if (nowMs >= untilMs) return undefined;
  return { reason: 'stake_backoff', text: `${failed}; tried again at ${new Date(untilMs).toISOString()}.` };
}

/** What becomes of a hotkey that is not registered, or dark for too long; undefined for one that is neither. */
function lossStep(record: StakePolicyRecord, observed: PolicyObserved): PolicyStep | undefined {
  const { spec, wasRegistered } = record;
  const loss = lossOf(record, observed);
  if (loss === undefined) {
    if (observed.registered !== false || wasRegistered) return undefined;
    return { reason: 'stake_not_registered', text: `${spec.hotkey} has no uid in subnet ${String(spec.netuid)}.` };
  }
  if (spec.onLoss.to === 'stay') return { reason: 'stake_hotkey_lost', text: loss };
  if (observed.stake === 0n) return { reason: 'stake_moved_away', text: loss };
  const [from, amount] = [placeOf(spec), observed.stake];
  const operation: StakeOperation =
    spec.onLoss.to === 'sell'
      ? { kind: 'remove', from, amount }
      : { kind: 'move', from, to: { hotkey: spec.onLoss.hotkey, netuid: spec.netuid }, amount };
  return { reason: 'stake_reallocating', text: loss, operation };
}

function lossOf(
  { spec, wasRegistered, darkSinceMs }: StakePolicyRecord,
  { registered, nowMs }: PolicyObserved,
): string | undefined {
  if (registered === false && wasRegistered) return `${spec.hotkey} was pruned from subnet ${String(spec.netuid)}.`;
  if (spec.darkAfterMs === undefined || darkSinceMs === undefined || nowMs - darkSinceMs < spec.darkAfterMs)
    return undefined;
  return `No instance of ${spec.hotkey} has run since ${new Date(darkSinceMs).toISOString()}.`;
}

function levelStep(spec: StakePolicySpec, observed: PolicyObserved): PolicyStep {
  const { stake } = observed;
  const target = BigInt(spec.target);
  if (stake < BigInt(spec.minimum)) return fillStep(spec, observed, target - stake);
  const { rewards } = spec;
  const beyond = stake - target;
  if (rewards.to !== 'keep' && beyond > 0n && beyond >= BigInt(rewards.threshold))
    return rewardStep(spec, rewards, observed, beyond);
  return { reason: 'stake_steady', text: `${String(stake)} are staked; the target is ${String(target)}.` };
}

function fillStep(spec: StakePolicySpec, { price, free, least }: PolicyObserved, wanted: bigint): PolicyStep {
  if (price === undefined) return priceUnknown(spec);
  const cost = (wanted * price + WHOLE - 1n) / WHOLE;
  const amount = cost < least ? least : cost;
  const reserve = BigInt(spec.reserve);
  if (free < amount + reserve) {
    const text = `Filling up costs ${String(amount)} beside the reserve of ${String(reserve)}; ${String(free)} are free.`;
    return { reason: 'stake_reserve_reached', text };
  }
  const text = `${String(wanted)} are missing to the target of ${spec.target}.`;
  return { reason: 'stake_filling_up', text, operation: { kind: 'add', to: placeOf(spec), amount } };
}

function rewardStep(
  spec: StakePolicySpec,
  rewards: Exclude<StakePolicySpec['rewards'], { readonly to: 'keep' }>,
  { price, least }: PolicyObserved,
  amount: bigint,
): PolicyStep {
  if (price === undefined) return priceUnknown(spec);
  const text = `${String(amount)} are staked beyond the target of ${spec.target}.`;
  // Until they are worth a trade.
  if ((amount * price) / WHOLE < least) return { reason: 'stake_steady', text };
  const from = placeOf(spec);
  const operation: StakeOperation =
    rewards.to === 'sell'
      ? { kind: 'remove', from, amount }
      : { kind: 'move', from, to: { hotkey: rewards.hotkey, netuid: rewards.netuid }, amount };
  return { reason: 'stake_rewards_leaving', text, operation };
}

function priceUnknown({ netuid }: StakePolicySpec): PolicyStep {
  return { reason: 'stake_price_unknown', text: `Subnet ${String(netuid)} has no price.` };
}

function placeOf({ hotkey, netuid }: StakePolicySpec): HotkeyPlace {
  return { hotkey, netuid };
}
