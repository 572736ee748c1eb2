import { create } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  StakeGoal,
  StakePolicyPlanSchema,
  StakePolicySchema,
  StakePolicyStatusSchema,
  StakeSeenSchema,
} from '../../common/gen/headframe/v1/stake_policy_pb.js';
import type {
  StakeBandSchema,
  StakePolicy,
  StakePolicyPlan,
  StakePolicyStatus,
  StakeSeen,
} from '../../common/gen/headframe/v1/stake_policy_pb.js';
import type { StakeBand, StakePolicyRecord, StakePolicySpec } from '../../common/model/stake-policy.js';
import { numberToWire } from '../../common/wire/numbers.js';
import { bandOf, slippageBp } from '../chain/stake/index.js';
import type { PolicyPlan, PolicyStanding } from '../chain/stake/index.js';
import { hotkeyNames } from '../chain/wallets/index.js';
import { tokenOf } from './intent-views.js';
import type { HandlerParts } from './parts.js';

type Parts = Pick<HandlerParts, 'fleet' | 'networks' | 'stakePolicies'>;

const GOALS = { keep: StakeGoal.STAY, stay: StakeGoal.STAY, sell: StakeGoal.SELL, move: StakeGoal.MOVE } as const;

/** A policy and how it stands, on the wire. */
export function policyStatus({ fleet, networks, stakePolicies }: Parts, record: StakePolicyRecord): StakePolicyStatus {
  const { spec, rounds, last, createdAtMs, updatedAtMs } = record;
  const band = bandOf(record);
  const { reason = '', text = '', atMs = 0, observed } = stakePolicies?.standingOf(spec.name) ?? {};
  return create(StakePolicyStatusSchema, {
    ...{ policy: policyToWire(spec), reason, text, rounds },
    hotkeyName: hotkeyNames(fleet).get(spec.hotkey) ?? '',
    lookedAtMs: numberToWire(atMs, 'lookedAtMs'),
    ...(observed === undefined ? {} : { seen: seenToWire(observed) }),
    ...(last === undefined ? {} : { lastIntent: last.intent, lastState: last.state, lastError: last.error ?? '' }),
    createdAtMs: numberToWire(createdAtMs, 'createdAtMs'),
    updatedAtMs: numberToWire(updatedAtMs, 'updatedAtMs'),
    ...(band === undefined ? {} : { band: bandToWire(band) }),
    ...tokenOf(networks, spec.network),
  });
}

/** What would be done for a policy, on the wire. */
export function policyPlan(
  { networks }: Parts,
  { spec }: StakePolicyRecord,
  { reason, text, observed, prepared }: PolicyPlan,
): StakePolicyPlan {
  const quote = prepared?.observed.quote;
  return create(StakePolicyPlanSchema, {
    ...{ reason, text },
    ...(observed === undefined ? {} : { seen: seenToWire(observed) }),
    call: prepared === undefined ? '' : `${prepared.call.pallet}.${prepared.call.method}`,
    arguments: prepared === undefined ? '' : JSON.stringify(prepared.call.args),
    spendsPlanck: String(prepared?.spends ?? 0n),
    ...(quote === undefined ? {} : { getsPlanck: String(quote.gets), slippageBp: slippageBp(quote) }),
    ...tokenOf(networks, spec.network),
  });
}

function bandToWire({ atLeast, priority }: StakeBand): MessageInitShape<typeof StakeBandSchema> {
  return { atLeastPlanck: atLeast, priority };
}

function policyToWire({ priorities = [], rewards, onLoss, darkAfterMs = 0, ...spec }: StakePolicySpec): StakePolicy {
  const { name, network, wallet, hotkey, netuid, target, minimum, reserve } = spec;
  return create(StakePolicySchema, {
    ...{ name, network, wallet, hotkey, netuid, slippageBp: spec.slippageBp },
    ...{ targetPlanck: target, minimumPlanck: minimum, reservePlanck: reserve },
    priorities: priorities.map(bandToWire),
    rewards: {
      goal: GOALS[rewards.to],
      ...(rewards.to === 'keep' ? {} : { thresholdPlanck: rewards.threshold }),
      ...(rewards.to === 'move' ? { hotkey: rewards.hotkey, netuid: rewards.netuid } : {}),
    },
    loss: {
      goal: GOALS[onLoss.to],
      hotkey: onLoss.to === 'move' ? onLoss.hotkey : '',
      darkAfterMs: numberToWire(darkAfterMs, 'darkAfterMs'),
    },
  });
}

function seenToWire(observed: NonNullable<PolicyStanding['observed']>): StakeSeen {
  const { block, stake, free, registered, price, open = '' } = observed;
  return create(StakeSeenSchema, {
    ...{ block: numberToWire(block, 'block'), stakePlanck: String(stake), freePlanck: String(free), openIntent: open },
    ...(registered === undefined ? {} : { registered }),
    ...(price === undefined ? {} : { pricePlanck: String(price) }),
  });
}
