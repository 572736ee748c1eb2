import type { HeadCounters } from '../../../common/model/space-head.js';

/** Of a process that has just begun. */
export const NOTHING_COUNTED: HeadCounters = {
  ...{ totalChallengesReceived: 0, totalProofsGenerated: 0, totalProofsSubmitted: 0 },
  ...{ totalBlocksWon: 0, totalBlocksAccepted: 0 },
};

/** Both together. */
export function addCounters(one: HeadCounters, other: HeadCounters): HeadCounters {
  return {
    totalChallengesReceived: one.totalChallengesReceived + other.totalChallengesReceived,
    totalProofsGenerated: one.totalProofsGenerated + other.totalProofsGenerated,
    totalProofsSubmitted: one.totalProofsSubmitted + other.totalProofsSubmitted,
    totalBlocksWon: one.totalBlocksWon + other.totalBlocksWon,
    totalBlocksAccepted: one.totalBlocksAccepted + other.totalBlocksAccepted,
  };
}
