import { HeadframeError } from '../../common/model/error.js';

/** A coordinator that does not lead, or leads no more; `leader` is where the one that does is reached, as far as is known. */
export function notLeader(leader: string | undefined): HeadframeError {
  const known = leader === undefined ? 'and knows of none that does' : `${leader} does`;
  return new HeadframeError({
    code: 'unavailable',
    reason: 'not_leader',
    message: `this coordinator does not lead, ${known}`,
    remedy: leader === undefined ? 'Try again: another one leads within seconds.' : `Ask ${leader}.`,
    metadata: leader === undefined ? {} : { leader },
  });
}
