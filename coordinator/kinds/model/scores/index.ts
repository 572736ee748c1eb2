export { openModelScores } from './open-scores.js';
export { modelScoreKey, modelScoreOf } from './score.js';
export type { ModelScore } from './score.js';
