import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { MinerSchema } from '../../../../../common/gen/headframe/v1/miner_pb.js';
import { ResourcesSchema } from '../../../../../common/gen/headframe/v1/resource_pb.js';
import { StakeGoal, StakePolicyStatusSchema } from '../../../../../common/gen/headframe/v1/stake_policy_pb.js';
import { changedSpec, newMinerSpec, stakePolicyOf } from '../../../../../coordinator/gateway/miners/miner-specs.js';
import { registerSchema, stakeSchema, startSchema } from '../../../../../coordinator/gateway/miners/seed-config.js';
import { checked } from '../../../../../coordinator/gateway/route.js';
import { reasonOf } from '../../../../support/thrown-reason.js';

const CHAIN = { network: 'net', netuid: 3, wallet: 'pay', hotkey: 'hot' };

describe('a registration of the seed', () => {
  const specOf = (body: object) => newMinerSpec(checked(registerSchema, body));

  it('makes a miner of the module, with the resources of the seed, in the role of a miner', () => {
    expect(specOf({ module_name: 'alpha' })).to.deep.equal({
      ...{ kind: 'module', name: 'alpha' },
      resources: create(ResourcesSchema, { cpuMillis: 2000, memoryBytes: 512n << 20n, diskBytes: 5n << 30n }),
      section: { case: 'module', value: { name: 'alpha', role: 'miner', settings: {}, secrets: {} } },
    });
  });

  it('takes limits, a level, a role, and a chain whose least stake is the initial one', () => {
    const limits = { cpu_cores: 0.5, memory_mb: 64 };
    const own = { role: 'validator', settings: { A: 'b' }, secrets: { C: 'd' } };
    const config = { priority_level: 'Critical', resource_limits: limits, ...own, chain: CHAIN };
    const spec = specOf({ module_name: 'alpha', initial_stake: '9007199254740993', config });
    expect(spec).to.deep.include({
      priority: 900,
      resources: create(ResourcesSchema, { cpuMillis: 500, memoryBytes: 64n << 20n, diskBytes: 5n << 30n }),
      section: {
        case: 'module',
        value: { name: 'alpha', ...own, chain: { ...CHAIN, leastStake: '9007199254740993' } },
      },
    });
  });

  it('is refused where it contradicts itself, would stake nowhere, or says what nobody can keep', () => {
    const bodies = [
      { module_name: 'alpha', config: { module_name: 'beta' } },
      { module_name: 'alpha', initial_stake: 1, config: { stake_amount: 2, chain: CHAIN } },
      { module_name: 'alpha', initial_stake: 1 },
      { module_name: 'alpha', initial_stake: 2 ** 53, config: { chain: CHAIN } },
      { module_name: 'alpha', initial_stake: -1, config: { chain: CHAIN } },
      { module_name: '../alpha' },
      { module_name: 'alpha', config: { auto_restake: false } },
      { module_name: 'alpha', config: { priority_level: 3 } },
      { module_name: 'alpha', config: { resource_limits: { cpu_cores: 0 } } },
      { module_name: 'alpha', install: 'x' },
      {},
    ];
    for (const body of bodies)
      expect(
        reasonOf(() => specOf(body)),
        JSON.stringify(body),
      ).to.equal('request_invalid');
  });
});

describe('a start of the seed', () => {
  const resources = { cpuMillis: 100, memoryBytes: 1n, diskBytes: 2n, gpus: 1, pids: 7 };
  const { spec } = create(MinerSchema, { spec: { name: 'alpha', labels: { a: 'b' }, priority: 1, resources } });

  it('changes nothing where it says nothing', () => {
    expect(changedSpec(spec, checked(startSchema, {}))).to.equal(undefined);
  });

  it('changes what it names and nothing else', () => {
    const changed = changedSpec(spec, checked(startSchema, { resource_limits: { memory_mb: 2 } }));
    expect(changed).to.deep.include({ name: 'alpha', labels: { a: 'b' }, priority: 1 });
    expect(changed?.resources).to.deep.equal(create(ResourcesSchema, { ...resources, memoryBytes: 2n << 20n }));
    expect(changedSpec(spec, checked(startSchema, { priority_level: 'Low' }))).to.deep.include({ priority: 300 });
  });
});

const LIMITS = { reservePlanck: '1', slippageBp: 50 };
const GOALS = {
  rewards: { goal: StakeGoal.SELL, thresholdPlanck: '3' },
  loss: { goal: StakeGoal.SELL },
  priorities: [{ atLeastPlanck: '9', priority: 700 }],
};

describe('a stake of the seed', () => {
  const module = { name: 'alpha', chain: CHAIN };
  const miner = create(MinerSchema, { spec: { name: 'first', section: { case: 'module', value: module } } });
  const place = { name: 'first', network: 'net', wallet: 'pay', hotkey: 'pay/hot', netuid: 3 };
  const policyOf = (body: object, before?: Parameters<typeof stakePolicyOf>[1], of = miner) =>
    stakePolicyOf(of, before, checked(stakeSchema, body));
  const kept = (netuid = 3) =>
    create(StakePolicyStatusSchema, {
      policy: { ...place, ...LIMITS, ...GOALS, netuid, targetPlanck: '5', hotkey: '5Address' },
      hotkeyName: 'pay/hot',
    });

  it('is a policy of the name of the miner, whose rewards stay unless they are to be sold', () => {
    expect(policyOf({ new_stake: 1000 })).to.deep.equal({
      ...{ ...place, targetPlanck: '1000', minimumPlanck: '', reservePlanck: '' },
    });
    expect(policyOf({ new_stake: 1000, auto_restake: true }).rewards).to.deep.equal({ goal: StakeGoal.STAY });
    expect(policyOf({ new_stake: 1000, auto_restake: false }).rewards).to.deep.equal({
      ...{ goal: StakeGoal.SELL, thresholdPlanck: '10' },
    });
    expect(policyOf({ new_stake: 0, auto_restake: false }).rewards).to.deep.include({ thresholdPlanck: '1' });
  });

  it('leaves what else a policy says as it is', () => {
    const policy = policyOf({ new_stake: 7 }, kept());
    expect(policy).to.deep.include({ ...place, ...LIMITS, targetPlanck: '7' });
    expect(policy.rewards).to.deep.include(GOALS.rewards);
    expect(policy.loss).to.deep.include(GOALS.loss);
    expect(policy.priorities?.[0]).to.deep.include(GOALS.priorities[0]);
  });

  it('is refused for a miner without a chain, and where the policy of that name has another stake', () => {
    const chainless = create(MinerSchema, { spec: { name: 'first' } });
    expect(reasonOf(() => policyOf({ new_stake: 7 }, undefined, chainless))).to.equal('miner_without_stake');
    expect(reasonOf(() => policyOf({ new_stake: 7 }, kept(4)))).to.equal('stake_of_another');
  });
});
