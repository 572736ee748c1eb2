export type { BondOperation, RewardsTo } from './bond.js';
export { withdrawableOf } from './bond.js';
export { describeBond } from './describe-bond.js';
export { bondChainOf, prepareBond, readBond } from './prepare-bond.js';
export type { ShownBond } from './prepare-bond.js';
