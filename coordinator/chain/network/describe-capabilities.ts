import type { Capabilities } from '../port.js';

/** Whether a chain has something, in words. */
export interface DescribedCapability {
  /** Stable. */
  readonly name: string;
  readonly present: boolean;
  readonly text: string;
}

type Describe = (capabilities: Capabilities) => readonly [present: boolean, text: string];

const KINDS: Readonly<Record<Capabilities['kind'], string>> = {
  subtensor: 'Subtensor (Bittensor): subnets with neurons',
  subspace: 'Subspace (Commune): subnets with modules',
  frame: 'no subnets: plain Substrate',
};
const WEIGHTS = {
  timelocked: 'weights are set, or committed with a time lock',
  crv3: 'weights are set, or committed until they reveal themselves',
  plain: 'weights are set in clear, or committed and revealed by hand',
} as const;
const EPOCHS = {
  nextEpochStartBlock: 'the chain tells when the next epoch begins',
  lastEpochBlock: 'epochs are counted from the last one',
  modulus: 'epochs are computed from the number of the block',
} as const;

function stakingText({ kind, staking, bonding }: Capabilities): string {
  if (!staking) return 'no pallet Staking';
  if (kind !== 'frame') return 'staking to secure the chain';
  return bonding === undefined
    ? 'staking to secure the chain, by calls that Headframe does not know'
    : 'staking to secure the chain: bonds are added to, removed and withdrawn';
}

/** In the order in which they are shown; those about subnets only where there are some. */
const ALL: readonly (readonly [name: string, ofSubnets: boolean, describe: Describe])[] = [
  ['subnets', false, ({ kind }) => [kind !== 'frame', KINDS[kind]]],
  ['balances', false, ({ balances }) => [balances, balances ? 'balances and transfers' : 'no balances']],
  [
    'dynamic_tao',
    true,
    ({ dynamicTao }) => [
      dynamicTao,
      dynamicTao ? 'stake by subnet, in its own token' : 'stake in the base token, not by subnet',
    ],
  ],
  [
    'limited_stake',
    true,
    ({ limitedStake: has }) => [
      has,
      has
        ? 'stake is traded within a limit of the price'
        : 'no limit of the price in staking itself: slippage is judged before',
    ],
  ],
  [
    'capped_registration',
    true,
    ({ cappedRegistration: has }) => [
      has,
      has
        ? 'registration with a highest price'
        : 'no highest price in the registration itself: it pays what it costs then',
    ],
  ],
  [
    'proof_of_work',
    true,
    ({ proofOfWork: has }) => [has, has ? 'registration by proof of work' : 'no registration by proof of work'],
  ],
  [
    'identities',
    true,
    ({ identities }) => [
      identities !== undefined,
      identities === undefined ? 'no identities of subnets' : `identities of subnets (${identities})`,
    ],
  ],
  ['weights', true, ({ weights }) => [weights !== undefined, weights === undefined ? 'no weights' : WEIGHTS[weights]]],
  [
    'commit_reveal',
    true,
    ({ commitReveal: has }) => [
      has,
      has
        ? 'hidden weights: committed as a hash, then revealed'
        : 'no hidden weights that Headframe can commit and reveal',
    ],
  ],
  ['epochs', true, ({ epochs }) => [epochs !== undefined, epochs === undefined ? 'no epochs' : EPOCHS[epochs]]],
  [
    'typed_runtime_api',
    true,
    ({ typedRuntimeApi: has }) => [has, has ? 'runtime APIs answer in types' : 'runtime APIs answer in opaque bytes'],
  ],
  ['staking', false, (capabilities) => [capabilities.staking, stakingText(capabilities)]],
  ['proxy', false, ({ proxy: has }) => [has, has ? 'proxies: a coldkey can stay away' : 'no proxies']],
  ['utility', false, ({ utility: has }) => [has, has ? 'batches of calls' : 'no batches of calls']],
  ['sudo', false, ({ sudo: has }) => [has, has ? 'a superuser' : 'no superuser']],
];

/** What a chain has and what it has not. Pure. */
export function describeCapabilities(capabilities: Capabilities): DescribedCapability[] {
  const hasSubnets = capabilities.kind !== 'frame';
  return ALL.filter(([, ofSubnets]) => hasSubnets || !ofSubnets).map(([name, , describe]) => {
    const [present, text] = describe(capabilities);
    return { name, present, text };
  });
}
