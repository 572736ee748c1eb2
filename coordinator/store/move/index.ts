export { decodeMark, encodeMark, startRefusal } from './move-mark.js';
export type { MoveMark, MoveSide, MoveStanding } from './move-mark.js';
export { missingError, moveStore, planMove, previewMove } from './move-store.js';
export type { MoveParts, MovePlan, MoveReport } from './move-store.js';
export { restoreInto } from './restore-into.js';
export type { Holdings, MoveSource, MoveTarget } from './store-end.js';
