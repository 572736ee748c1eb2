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

/** What is to be told where another proof was sent since: all that was counted; undefined where none was. Pure. */
export function proofsTold(before: HeadCounters, now: HeadCounters): string | undefined {
  if (now.totalProofsSubmitted <= before.totalProofsSubmitted) return undefined;
  const { totalChallengesReceived, totalProofsGenerated, totalProofsSubmitted } = now;
  const proofs = `proofs sent ${String(totalProofsSubmitted)}, made ${String(totalProofsGenerated)}`;
  const blocks = `blocks won ${String(now.totalBlocksWon)}, accepted ${String(now.totalBlocksAccepted)}`;
  return `${proofs}, challenges ${String(totalChallengesReceived)}; ${blocks}`;
}
