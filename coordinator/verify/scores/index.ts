export { LapseLoop } from './lapse-loop.js';
export { clearVerification, recordVerdict, refreshVerification } from './record-verdict.js';
export { scoreKey, scoreOf } from './score.js';
export type { Outcome, Score, ScoreGap } from './score.js';
