export { judgeText } from './judge-text.js';
export { readChat } from './read-chat.js';
export type { ChatReading } from './read-chat.js';
export { openModelScores } from './open-scores.js';
export { modelScoreKey, modelScoreOf } from './score.js';
export type { ModelScore } from './score.js';
