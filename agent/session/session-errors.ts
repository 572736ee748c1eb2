import { HeadframeError } from '../../common/model/error.js';

/** A coordinator of an epoch that a newer one has ended. */
export function staleEpoch(): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'stale_epoch',
    message: 'this coordinator is older than one this agent has already obeyed',
    remedy: 'Point the agent at the newer coordinator.',
  });
}

/** A coordinator that takes the call and says nothing. */
export function notAccepted(): HeadframeError {
  return new HeadframeError({
    code: 'deadline_exceeded',
    reason: 'session_not_accepted',
    message: 'the coordinator did not answer the hello in time',
  });
}

/** A coordinator that has fallen silent. */
export function silent(): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'coordinator_silent',
    message: 'the coordinator answers no heartbeats',
  });
}

/** A coordinator that has ended the call without a reason. */
export function ended(): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'session_ended',
    message: 'the coordinator ended the session',
  });
}

/** A host that has something new to say of itself, which only a hello carries. */
export function renewed(): HeadframeError {
  const message = 'the agent has something new to say of its host and connects again';
  return new HeadframeError({ code: 'aborted', reason: 'session_renewed', message });
}

/** More changes than can wait to be stored. */
export function tooManyChanges(): HeadframeError {
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'too_many_changes',
    message: 'too many changes of assignments wait to be stored',
    remedy: 'The agent connects again and gets all of them at once.',
  });
}
