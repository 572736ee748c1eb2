import { create } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Miner, MinerSpec, MinerSpecSchema, ModuleChain } from '../../../common/gen/headframe/v1/miner_pb.js';
import { ResourcesSchema } from '../../../common/gen/headframe/v1/resource_pb.js';
import type { Resources } from '../../../common/gen/headframe/v1/resource_pb.js';
import { StakeGoal } from '../../../common/gen/headframe/v1/stake_policy_pb.js';
import type {
  StakePolicy,
  StakePolicySchema,
  StakePolicyStatus,
} from '../../../common/gen/headframe/v1/stake_policy_pb.js';
import type { FieldViolation } from '../../../common/model/error.js';
import { requestInvalid, stakeless, stakeOfAnother } from '../refusals.js';
import { SEED_LIMITS } from '../seed-limits.js';
import type { Registration, SeedLimits, StakeWish, StartChange } from './seed-config.js';

type NewSpec = MessageInitShape<typeof MinerSpecSchema>;
type NewPolicy = MessageInitShape<typeof StakePolicySchema>;

const SEED_RESOURCES = create(ResourcesSchema, {
  cpuMillis: SEED_LIMITS.cpu_cores * 1000,
  memoryBytes: BigInt(SEED_LIMITS.memory_mb) << 20n,
  diskBytes: BigInt(SEED_LIMITS.storage_gb) << 30n,
});
/** Rewards are sold once they are so many percent of the target. */
const SOLD_PERCENT = 1n;

/** The miner that a registration asks for. Throws `HeadframeError` ('request_invalid') where it contradicts itself. Pure. */
export function newMinerSpec(asked: Registration): NewSpec {
  const { module_name: name, config } = asked;
  const { chain, role, settings, secrets, priority_level: priority, resource_limits: limits = {} } = config;
  const leastStake = leastStakeOf(asked);
  const violations = contradictions(asked, leastStake);
  if (violations.length > 0) throw requestInvalid(violations);
  const duties = chain === undefined ? {} : { chain: { ...chain, leastStake } };
  return {
    ...{ kind: 'module', name, resources: limited(limits, SEED_RESOURCES) },
    ...(priority === undefined ? {} : { priority }),
    section: { case: 'module', value: { name, role, settings, secrets, ...duties } },
  };
}

function leastStakeOf({ initial_stake: initial, config }: Registration): string {
  return String(BigInt(initial ?? config.stake_amount ?? '0'));
}

function contradictions({ module_name: name, config }: Registration, leastStake: string): FieldViolation[] {
  const { module_name: named = name, stake_amount: configured = leastStake, chain } = config;
  const violations: FieldViolation[] = [];
  if (named !== name) violations.push({ path: 'config.module_name', value: named, expected: `${name}, or nothing` });
  if (BigInt(configured) !== BigInt(leastStake))
    violations.push({ path: 'config.stake_amount', value: configured, expected: `${leastStake}, or nothing` });
  if (leastStake !== '0' && chain === undefined)
    violations.push({ path: 'config.chain', expected: 'where the stake is: network, netuid, wallet and hotkey' });
  return violations;
}

/** A miner's spec with what a start changes of it; undefined where that is nothing. Pure. */
export function changedSpec(
  spec: MinerSpec | undefined,
  { priority_level: priority, resource_limits: limits }: StartChange,
): MinerSpec | undefined {
  if (spec === undefined || (priority === undefined && limits === undefined)) return undefined;
  return {
    ...spec,
    ...(priority === undefined ? {} : { priority }),
    ...(limits === undefined ? {} : { resources: limited(limits, spec.resources ?? SEED_RESOURCES) }),
  };
}

/**
 * The policy of the name of a miner that keeps its stake, as a new stake changes it. Throws `HeadframeError`
 * (failed_precondition, 'miner_without_stake'; already_exists, 'stake_of_another'). Pure.
 */
export function stakePolicyOf(
  { spec }: Miner,
  before: StakePolicyStatus | undefined,
  { new_stake: targetPlanck, auto_restake: restake }: StakeWish,
): NewPolicy {
  const { chain } = spec?.section.case === 'module' ? spec.section.value : {};
  const name = spec?.name ?? '';
  if (chain === undefined) throw stakeless(name);
  if (before !== undefined && !isFor(chain, before)) throw stakeOfAnother(name);
  const { network, netuid, wallet } = chain;
  const place = { name, network, netuid, wallet, hotkey: hotkeyOf(chain) };
  const rewards = restake === undefined ? {} : { rewards: restake ? { goal: StakeGoal.STAY } : sold(targetPlanck) };
  const target = { targetPlanck: String(BigInt(targetPlanck)), minimumPlanck: '' };
  return { ...keptOf(before?.policy), ...place, ...target, ...rewards };
}

function hotkeyOf({ wallet, hotkey }: ModuleChain): string {
  return `${wallet}/${hotkey}`;
}

function isFor(chain: ModuleChain, { policy, hotkeyName }: StakePolicyStatus): boolean {
  const { network, wallet, netuid } = chain;
  const isThere = policy?.network === network && policy.wallet === wallet && policy.netuid === netuid;
  return isThere && hotkeyName === hotkeyOf(chain);
}

/** What a new stake says nothing of. */
function keptOf(policy: StakePolicy | undefined) {
  const { reservePlanck = '', slippageBp, rewards, loss, priorities = [] } = policy ?? {};
  return {
    reservePlanck,
    ...(slippageBp === undefined ? {} : { slippageBp }),
    ...(rewards === undefined ? {} : { rewards }),
    ...(loss === undefined ? {} : { loss }),
    ...(priorities.length === 0 ? {} : { priorities }),
  };
}

function sold(target: string) {
  const part = (BigInt(target) * SOLD_PERCENT) / 100n;
  return { goal: StakeGoal.SELL, thresholdPlanck: String(part > 0n ? part : 1n) };
}

/** What is left out stays as it is. */
function limited({ cpu_cores: cpu, memory_mb: memory, storage_gb: storage }: SeedLimits, base: Resources): Resources {
  return create(ResourcesSchema, {
    ...base,
    ...(cpu === undefined ? {} : { cpuMillis: Math.round(cpu * 1000) }),
    ...(memory === undefined ? {} : { memoryBytes: BigInt(memory) << 20n }),
    ...(storage === undefined ? {} : { diskBytes: BigInt(storage) << 30n }),
  });
}
