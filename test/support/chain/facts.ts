import type { MetadataFacts, PalletFacts } from '../../../coordinator/chain/network/capabilities.js';

const BALANCES = pallet({ calls: { transferKeepAlive: ['dest', 'value'] } });
const COMMON = {
  balances: BALANCES,
  proxy: pallet({ calls: { proxy: ['real', 'force_proxy_type', 'call'] } }),
  utility: pallet({ calls: { batch: ['calls'] } }),
  sudo: pallet({ calls: { sudo: ['call'] } }),
};
const BY_HAND = {
  commitWeights: ['netuid', 'commit_hash'],
  revealWeights: ['netuid', 'uids', 'values', 'salt', 'version_key'],
};
const POW = ['netuid', 'block_number', 'nonce', 'work', 'hotkey', 'coldkey'];

/** What decides about runtimes of several dialects, as their metadata has it, without what decides nothing. */
export const SAMPLE_FACTS = {
  /** Bittensor before dynamic TAO: spec 218 of January 2025. */
  before: {
    pallets: {
      ...COMMON,
      subtensorModule: pallet({
        calls: {
          addStake: ['hotkey', 'amount_staked'],
          burnedRegister: ['netuid', 'hotkey'],
          registerNetwork: ['immunity_period', 'reg_allowed'],
          register: POW,
          setWeights: ['netuid', 'dests', 'weights', 'version_key'],
          commitCrv3Weights: ['netuid', 'commit', 'reveal_round'],
          ...BY_HAND,
        },
        storage: [
          ...['networkPowRegistrationAllowed', 'subnetIdentities', 'tempo', 'rank', 'stake'],
          ...['weightCommits', 'revealPeriodEpochs'],
        ],
        events: { StakeAdded: 2 },
        errors: ['NotEnoughBalanceToStake', 'StakingRateLimitExceeded'],
      }),
    },
    runtimeApis: { 'neuronInfoRuntimeApi.getNeuronsLite': 'Bytes' },
  },
  /** Bittensor with dynamic TAO: spec 425 of 2026. */
  dynamic: {
    pallets: {
      ...COMMON,
      subtensorModule: pallet({
        calls: {
          addStake: ['hotkey', 'netuid', 'amount_staked'],
          addStakeLimit: ['hotkey', 'netuid', 'amount_staked', 'limit_price', 'allow_partial'],
          removeStakeLimit: ['hotkey', 'netuid', 'amount_unstaked', 'limit_price', 'allow_partial'],
          burnedRegister: ['netuid', 'hotkey'],
          register: POW.map((name) => `_${name}`.replace('_netuid', 'netuid')),
          registerLimit: ['netuid', 'hotkey', 'limit_price'],
          registerNetwork: ['hotkey'],
          setWeights: ['netuid', 'dests', 'weights', 'version_key'],
          commitTimelockedWeights: ['netuid', 'commit', 'reveal_round', 'commit_reveal_version'],
          commitCrv3Weights: ['netuid', 'commit', 'reveal_round'],
          ...BY_HAND,
        },
        storage: [
          ...['networkPowRegistrationAllowed', 'subnetIdentitiesV3', 'tempo', 'lastEpochBlock', 'alpha'],
          ...['weightCommits', 'revealPeriodEpochs'],
        ],
        events: { StakeAdded: 6 },
        errors: ['NotEnoughBalanceToStake', 'SlippageTooHigh', 'InsufficientLiquidity'],
      }),
    },
    runtimeApis: {
      'neuronInfoRuntimeApi.getNeuronsLite': 'Vec<PalletSubtensorRpcInfoNeuronInfoNeuronInfoLite>',
      'subnetInfoRuntimeApi.getNextEpochStartBlock': 'Option<u64>',
    },
  },
  /** Commune: mainnet's spec 135. */
  commune: {
    pallets: {
      ...COMMON,
      subspaceModule: pallet({
        calls: { addStake: ['module_key', 'amount'], register: ['network_name', 'name', 'address', 'module_key'] },
        storage: ['tempo', 'burn'],
        events: { StakeAdded: 3 },
      }),
      subnetEmissionModule: pallet({ calls: { setWeights: ['netuid', 'uids', 'weights'] } }),
    },
    runtimeApis: {},
  },
  /** A chain that has nothing but what Substrate brings. */
  frame: {
    pallets: {
      balances: BALANCES,
      staking: pallet({
        calls: {
          ...{ bond: ['value', 'payee'], bondExtra: ['max_additional'], unbond: ['value'] },
          ...{ withdrawUnbonded: ['num_slashing_spans'], nominate: ['targets'], chill: [] },
        },
      }),
    },
    runtimeApis: {},
  },
} as const satisfies Record<string, MetadataFacts>;

function pallet(facts: Partial<PalletFacts>): PalletFacts {
  return { calls: {}, storage: [], events: {}, errors: [], ...facts };
}
