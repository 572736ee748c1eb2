import type { Capabilities } from '../port.js';

/** What metadata says of one pallet; names as @polkadot/api has them, arguments as the runtime has them. */
export interface PalletFacts {
  /** Names of the arguments of each call. */
  readonly calls: Readonly<Record<string, readonly string[]>>;
  readonly storage: readonly string[];
  /** Number of fields of each event. */
  readonly events: Readonly<Record<string, number>>;
  readonly errors: readonly string[];
}

/** What of a runtime decides what can be done with it. */
export interface MetadataFacts {
  readonly pallets: Readonly<Record<string, PalletFacts>>;
  /** Type that each method answers, by `api.method`. */
  readonly runtimeApis: Readonly<Record<string, string>>;
}

const NO_PALLET: PalletFacts = { calls: {}, storage: [], events: {}, errors: [] };
const IDENTITIES = ['subnetIdentitiesV3', 'subnetIdentitiesV2', 'subnetIdentities'] as const;

/** What a chain can do, each by itself, never by the runtime's version, which tells nothing of rehearsal builds and forks. Pure. */
export function detectCapabilities({ pallets, runtimeApis }: MetadataFacts): Capabilities {
  const kind = kindOf(pallets);
  const subtensor = pallets['subtensorModule'] ?? NO_PALLET;
  const subspace = pallets['subspaceModule'] ?? NO_PALLET;
  const has = (pallet: string, call: string): boolean => hasCall(pallets[pallet] ?? NO_PALLET, call);
  return {
    kind,
    dynamicTao: subtensor.calls['addStake']?.[1] === 'netuid',
    limitedStake: hasCall(subtensor, 'addStakeLimit') && hasCall(subtensor, 'removeStakeLimit'),
    cappedRegistration: hasCall(subtensor, 'registerLimit'),
    subnetCreation: subnetCreationOf(subtensor),
    proofOfWork:
      subtensor.calls['register']?.[1] === 'block_number' &&
      subtensor.storage.includes('networkPowRegistrationAllowed'),
    identities: IDENTITIES.find((item) => subtensor.storage.includes(item)),
    weights: weightsOf(subtensor, has('subnetEmissionModule', 'setWeights') || hasCall(subspace, 'setWeights')),
    commitReveal: revealsByHand(subtensor, runtimeApis),
    typedRuntimeApi: isTyped(runtimeApis['neuronInfoRuntimeApi.getNeuronsLite']),
    epochs: epochsOf(kind === 'subspace' ? subspace : subtensor, runtimeApis),
    customErrors: kind === 'subtensor' ? customErrorsOf(subtensor) : undefined,
    stakeEventFields: (kind === 'subspace' ? subspace : subtensor).events['StakeAdded'] ?? 0,
    balances: ['transferKeepAlive', 'transferAllowDeath', 'transfer'].some((call) => has('balances', call)),
    ...stakingOf(pallets['staking']),
    proxy: has('proxy', 'proxy'),
    utility: has('utility', 'batch'),
    sudo: has('sudo', 'sudo'),
  };
}

function kindOf(pallets: MetadataFacts['pallets']): Capabilities['kind'] {
  if (pallets['subtensorModule'] !== undefined) return 'subtensor';
  return pallets['subspaceModule'] === undefined ? 'frame' : 'subspace';
}

/** Before dynamic TAO it took what no hotkey is, and nobody creates subnets there any more. */
function subnetCreationOf({ calls }: PalletFacts): Capabilities['subnetCreation'] {
  const [first, second] = calls['registerNetwork'] ?? [];
  if (first !== 'hotkey') return undefined;
  return second === 'mechid' ? 'mechanism' : 'hotkey';
}

function stakingOf(staking: PalletFacts = NO_PALLET): Pick<Capabilities, 'staking' | 'bonding' | 'nominating'> {
  const nominating = hasCall(staking, 'nominate') && hasCall(staking, 'chill');
  return { staking: hasCall(staking, 'bond'), bonding: bondingOf(staking), nominating };
}

/** Only where all that it takes to get out again is there, in the form that is known. */
function bondingOf({ calls }: PalletFacts): Capabilities['bonding'] {
  const form = (call: string): string | undefined => calls[call]?.join();
  const isWhole =
    form('bondExtra') === 'max_additional' &&
    form('unbond') === 'value' &&
    form('withdrawUnbonded') === 'num_slashing_spans';
  if (!isWhole) return undefined;
  if (form('bond') === 'controller,value,payee') return 'controlled';
  return form('bond') === 'value,payee' ? 'own' : undefined;
}

function weightsOf(subtensor: PalletFacts, isPlainElsewhere: boolean): Capabilities['weights'] {
  if (hasCall(subtensor, 'commitTimelockedWeights')) return 'timelocked';
  if (hasCall(subtensor, 'commitCrv3Weights')) return 'crv3';
  return hasCall(subtensor, 'setWeights') || isPlainElsewhere ? 'plain' : undefined;
}

/** Where epochs are counted by the chain and not by blocks, commits are kept in another way. */
function revealsByHand(subtensor: PalletFacts, runtimeApis: MetadataFacts['runtimeApis']): boolean {
  return (
    ['commitWeights', 'revealWeights'].every((call) => hasCall(subtensor, call)) &&
    ['weightCommits', 'revealPeriodEpochs'].every((item) => subtensor.storage.includes(item)) &&
    epochsOf(subtensor, runtimeApis) === 'modulus'
  );
}

function epochsOf({ storage }: PalletFacts, runtimeApis: MetadataFacts['runtimeApis']): Capabilities['epochs'] {
  if (runtimeApis['subnetInfoRuntimeApi.getNextEpochStartBlock'] !== undefined) return 'nextEpochStartBlock';
  if (storage.includes('lastEpochBlock')) return 'lastEpochBlock';
  return storage.includes('tempo') ? 'modulus' : undefined;
}

/**
 * The table of 233 has codes for slippage and for liquidity, which came with the pool's own errors for them; a runtime
 * without those errors has the table of before, whatever else it took over already.
 */
function customErrorsOf({ errors }: PalletFacts): Capabilities['customErrors'] {
  return errors.includes('SlippageTooHigh') || errors.includes('InsufficientLiquidity') ? '233' : '218';
}

function isTyped(type: string | undefined): boolean {
  return type !== undefined && type !== 'Bytes' && type !== 'Vec<u8>';
}

function hasCall({ calls }: PalletFacts, name: string): boolean {
  return calls[name] !== undefined;
}
