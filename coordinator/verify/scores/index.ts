export { LapseLoop } from './lapse-loop.js';
export { NO_LEASES, leaseOutcomes } from './lease-outcomes.js';
export type { LeaseOutcomes } from './lease-outcomes.js';
export { clearVerification, recordVerdict, refreshVerification } from './record-verdict.js';
export { scoreKey, scoreOf } from './score.js';
export type { Outcome, Score, ScoreGap } from './score.js';
