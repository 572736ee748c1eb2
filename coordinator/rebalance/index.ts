export type { JobMove, MoveOutcome, RebalanceJob } from './job.js';
export { RebalanceLoop } from './loop.js';
export type { JobStanding } from './loop.js';
export type { Balance, Move, RebalancePlan, RebalanceScope } from './move.js';
