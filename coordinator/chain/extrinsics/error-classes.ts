import type { RetryClass } from '../../../common/model/intent.js';
import type { WaitRule } from './wait-rules.js';

/** What is to be done about an error: its class, and for `wait_block` how the block is found. */
export type Verdict = Exclude<RetryClass, 'wait_block'> | { readonly wait: WaitRule };

const wait = (rule: WaitRule): Verdict => ({ wait: rule });

/** Errors of calls by name, whatever pallet they come from; https://github.com/opentensor/subtensor and renlabs-dev/subspace name them. */
export const BY_NAME: Readonly<Record<string, Verdict>> = {
  HotKeyAlreadyRegisteredInSubNet: 'already_done',
  KeyAlreadyRegistered: 'already_done',
  SameAutoStakeHotkeyAlreadySet: 'already_done',
  ServingRateLimitExceeded: wait('serving'),
  SettingWeightsTooFast: wait('weights'),
  CommittingWeightsTooFast: wait('weights'),
  TooManyRegistrationsThisBlock: wait('next_block'),
  TooManyRegistrationsThisInterval: wait('registrations'),
  StakingRateLimitExceeded: wait('staking'),
  StakeRateLimitExceeded: wait('staking'),
  UnstakeRateLimitExceeded: wait('staking'),
  HotKeySetTxRateLimitExceeded: wait('key_change'),
  NetworkTxRateLimitExceeded: wait('new_subnet'),
  HotKeySwapOnSubnetIntervalNotPassed: wait('key_swap'),
  RevealTooEarly: wait('reveal'),
  TooManyUnrevealedCommits: wait('reveal'),
  TooManyRegistrationsPerBlock: wait('next_block'),
  TooManyRegistrationsPerInterval: wait('registrations'),
  MaxSetWeightsPerEpochReached: wait('epoch'),
  NoNeuronIdAvailable: 'wait_poll',
  NetworkIsImmuned: 'wait_poll',
  SubNetRegistrationDisabled: 'wait_poll',
  SubtokenDisabled: 'wait_poll',
  AdminActionProhibitedDuringWeightsWindow: 'wait_poll',
  DisabledTemporarily: 'wait_poll',
  RegistrationPriceLimitExceeded: 'requote',
  SlippageTooHigh: 'requote',
  InsufficientLiquidity: 'requote',
  InvalidWorkBlock: 'rebuild',
  NotEnoughBalanceToStake: 'money',
  NotEnoughBalanceToRegister: 'money',
  NotEnoughBalance: 'money',
  InsufficientBalance: 'money',
  FundsUnavailable: 'money',
  ExistentialDeposit: 'amount',
  BelowMinimum: 'amount',
  AmountTooLow: 'amount',
  StakeTooSmall: 'amount',
  NotEnoughStakeToWithdraw: 'amount',
  StakeToWithdrawIsZero: 'amount',
  StakeUnavailable: 'amount',
  NomStakeBelowMinimumThreshold: 'amount',
  HotKeyNotRegisteredInSubNet: 'pruned',
  HotKeyNotRegisteredInNetwork: 'pruned',
  ModuleDoesNotExist: 'pruned',
  CommitRevealEnabled: 'switch_path',
  CommitRevealDisabled: 'switch_path',
  SubnetEncrypted: 'switch_path',
  SubnetNotEncrypted: 'switch_path',
  IncorrectCommitRevealVersion: 'switch_path',
  IncorrectWeightVersionKey: 'switch_path',
  CallDisabled: 'switch_path',
  Deprecated: 'switch_path',
  SubnetNotExists: 'never',
  SubNetworkDoesNotExist: 'never',
  NetworkDoesNotExist: 'never',
  MechanismDoesNotExist: 'never',
  InvalidIpType: 'never',
  InvalidIpAddress: 'never',
  InvalidPort: 'never',
  NonAssociatedColdKey: 'never',
  HotKeyAccountNotExists: 'never',
  HotKeyNotDelegateAndSignerNotOwnHotKey: 'never',
  NotSubnetOwner: 'never',
  InvalidIdentity: 'never',
  RegistrationNotPermittedOnRootSubnet: 'never',
  TransferDisallowed: 'never',
  InvalidModuleName: 'never',
  ModuleNameTooLong: 'never',
  ModuleNameTooShort: 'never',
  ModuleNameAlreadyExists: 'never',
  ModuleAddressTooLong: 'never',
  InvalidModuleAddress: 'never',
  ModuleMetadataTooLong: 'never',
  InvalidModuleMetadata: 'never',
  ExpiredWeightCommit: 'never',
  NoWeightsCommitFound: 'never',
  InvalidRevealCommitHashNotMatch: 'never',
  WeightVecNotEqualSize: 'never',
  WeightVecLengthIsLow: 'never',
  DuplicateUids: 'never',
  UidVecContainInvalidOne: 'never',
  UidsLengthExceedUidsInSubNet: 'never',
  AlreadyBonded: 'switch_path',
  AlreadyPaired: 'never',
  NotController: 'never',
  NotStash: 'never',
  ControllerDeprecated: 'switch_path',
  InsufficientBond: 'amount',
  NotEnoughFunds: 'money',
  NoMoreChunks: 'wait_poll',
  NoUnlockChunk: 'amount',
  IncorrectSlashingSpans: 'requote',
  EmptyTargets: 'never',
  BadTarget: 'never',
  DuplicateIndex: 'never',
  TooManyTargets: 'never',
  TooManyNominators: 'wait_poll',
  BadOrigin: 'never',
  CallFiltered: 'never',
  NotProxy: 'never',
  RequireSudo: 'never',
  Unproxyable: 'never',
  ColdkeySwapAnnounced: 'security_stop',
  ColdkeySwapDisputed: 'security_stop',
};

/** What pools, and the payer itself, say, by the whole name. */
export const BY_FULL_NAME: Readonly<Record<string, Verdict>> = {
  'pool.1013': 'already_done',
  'pool.stale': 'rebuild',
  'pool.future': 'rebuild',
  'pool.badProof': 'rebuild',
  'pool.ancientBirthBlock': 'rebuild',
  'pool.exhaustsResources': 'rebuild',
  'pool.1012': 'rebuild',
  'pool.1014': 'rebuild',
  'pool.1016': 'rebuild',
  'status.dropped': 'rebuild',
  'status.usurped': 'rebuild',
  'status.invalid': 'rebuild',
  'status.retracted': 'rebuild',
  'pool.payment': 'money',
  'intent.balance_too_low': 'money',
  'intent.cap_exceeded': 'requote',
  'intent.call_unknown': 'switch_path',
  'intent.call_invalid': 'never',
  'intent.cap_missing': 'never',
  'intent.not_kept': 'never',
  'intent.cap_call': 'money',
  'intent.cap_day': 'money',
  'intent.proxy_missing': 'never',
};

/** `Custom(n)` of a pool, by what the runtime counts as n. */
export const BY_CUSTOM: Readonly<Record<'218' | '233', readonly (Verdict | undefined)[]>> = {
  // 1, 2, 6, 3, 4, 7: too little stake to commit, reveal, reveal many, set weights, set them on root, commit by time-lock.
  '218': ['security_stop', 'money', 'money', 'money', 'money', wait('registrations'), 'money', 'money'],
  '233': [
    'security_stop',
    'amount', // too low
    'money',
    'never', // no such subnet
    'never', // no such hotkey
    'amount', // more than there is to withdraw
    wait('weights'),
    'requote', // liquidity
    'requote', // slippage
    'never', // transfer not allowed
    'pruned',
    'never', // address
    wait('serving'),
    'never', // port
    'requote', // nothing can be staked below the limit
    'never', // reveal round
    'never', // no commit to reveal
    wait('reveal'),
    'never', // lengths differ
    'pruned', // uid not found
    undefined, // limit of EVM keys
    'security_stop', // swap disputed
    undefined,
    undefined,
    undefined,
    'never', // coldkey of another
  ],
};

/** What people do about some errors in place of what is done about their class. */
export const ACTIONS_BY_NAME: ReadonlyMap<string, string> = new Map([
  [
    'intent.cap_missing',
    'Say what the wallet may spend: headframe wallets caps NAME --network NETWORK --per-call AMOUNT --per-day AMOUNT.',
  ],
  [
    'intent.not_kept',
    'Set jetstream { sync_interval: always } on every NATS server, and store.jetstream.acceptDurability to always.',
  ],
  ['intent.cap_call', 'Ask for less, or raise what the wallet may spend per call: headframe wallets caps.'],
  ['intent.cap_day', 'Wait until a day has gone by, or raise what the wallet may spend: headframe wallets caps.'],
  ['intent.cap_exceeded', 'Ask anew with a higher --cap if it is worth that.'],
  ['staking.AlreadyBonded', 'Ask anew: what is bonded already is added to by another call, which is chosen then.'],
  ['staking.NoMoreChunks', 'Take back what is free first: headframe stake withdraw; or wait until something is.'],
  ['staking.IncorrectSlashingSpans', 'Ask anew: what the chain has to clear away is counted anew then.'],
  [
    'intent.proxy_missing',
    'The owner of the coldkey lets the key of the wallet act: proxy.addProxy(ADDRESS, TYPE, 0).',
  ],
]);

/** What people, or whoever asked for the call, do about each class. */
export const ACTIONS: Readonly<Record<RetryClass, string>> = {
  already_done: 'Nothing: it is so already. Check that the key is yours.',
  wait_block: 'Ask again at the block that is named; sooner is in vain.',
  wait_poll: 'Ask again once every tempo; somebody else has to change something first.',
  requote: 'Ask for the price anew, and pay it if the policy allows.',
  rebuild: 'Sign it anew with the next nonce and the present runtime, which the payer does by itself.',
  money: 'Fund the account; then ask again.',
  amount: 'Choose another amount: see the limits of the chain and what is there.',
  pruned: 'The key is no longer registered: stop what it paid for, and register it again if the policy says so.',
  switch_path: 'The chain wants another call for this: upgrade Headframe if it does not choose that by itself.',
  never: 'Correct what is asked for: as it is, the chain will always refuse it.',
  security_stop: 'Somebody is changing or disputing the coldkey: spend nothing with it until you know who.',
  unknown: 'Read the error, look at the chain for the effect, and decide by hand: nothing is repeated blindly.',
};
