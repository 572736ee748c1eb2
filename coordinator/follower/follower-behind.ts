import { HeadframeError } from '../../common/model/error.js';

/** A follower that knows too little of what the leader has done lately to answer; `leader` is where that one is reached. */
export function followerBehind(ageMs: number, leader: string | undefined): HeadframeError {
  const age = Number.isFinite(ageMs)
    ? `what it knows may be ${(ageMs / 1000).toFixed(1)} s old`
    : 'it knows nothing yet';
  return new HeadframeError({
    code: 'unavailable',
    reason: 'follower_behind',
    message: `this coordinator follows, and lags behind: ${age}`,
    remedy:
      leader === undefined ? 'Try again in some seconds, or ask another coordinator.' : `Ask ${leader}, which leads.`,
    metadata: leader === undefined ? {} : { leader },
  });
}
