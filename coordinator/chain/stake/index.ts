/** @public */
export { readStake } from '../network/readers/neurons.js';
export { bondChainOf, describeBond, prepareBond, readBond, withdrawableOf } from './bond/index.js';
export type { BondOperation, RewardsTo, ShownBond } from './bond/index.js';
export type { HotkeyPlace, PriceLimit, StakeOperation } from './operation.js';
export { bandOf } from './policy/band.js';
export { ChainEyes } from './policy/eyes.js';
export { StakePolicies } from './policy/loop.js';
export type { PolicyPlan, PolicyStanding } from './policy/loop.js';
export { findStakePolicy, removeStakePolicy, setStakePolicy } from './policy/records.js';
export { prepareStake, stakeChainOf } from './prepare.js';
export { describeStake } from './purpose.js';
export { slippageBp } from './quote.js';
export { readPositions } from './read-positions.js';
export type { StakePosition } from './read-positions.js';
export { stakeInvalid } from './refusals.js';
export { stakeCallOf } from './stake-call.js';
export type { StakeCall, StakeChain } from './stake-call.js';
