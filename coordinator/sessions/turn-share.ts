import type { TurnShare } from '../../common/model/turn-budget.js';

/** Of telling agents, and of taking in what they report: few enough milliseconds that heartbeats do not wait. */
export const TURN_SHARE: TurnShare = { leastMs: 5, mostMs: 15, share: 0.25 };
