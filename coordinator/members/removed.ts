import { HeadframeError } from '../../common/model/error.js';

/** Why a coordinator that was taken out of its cluster does not lead. */
export function coordinatorRemoved(address: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'coordinator_removed',
    message: `the coordinator at ${address} was removed from its cluster: it leads no more`,
    remedy: `End it, or take it in again: headframe coordinator add ${address}.`,
    metadata: { address },
  });
}
