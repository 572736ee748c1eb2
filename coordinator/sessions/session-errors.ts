import { HeadframeError } from '../../common/model/error.js';

/** A call that does not begin as it must. */
export function firstMustBeHello(): HeadframeError {
  const message = 'the first message must be hello';
  return new HeadframeError({ code: 'invalid_argument', reason: 'hello_missing', message });
}

/** A call that says nothing. */
export function helloLate(): HeadframeError {
  return new HeadframeError({ code: 'deadline_exceeded', reason: 'hello_missing', message: 'no hello in time' });
}

/** A message that has no place in a running session. */
export function unexpectedMessage(): HeadframeError {
  const message = 'unexpected message in a session';
  return new HeadframeError({ code: 'invalid_argument', reason: 'unexpected_message', message });
}

/** The end of a session whose host counts as lost. */
export function leaseExpired(): HeadframeError {
  const message = 'the host lease expired: connect again';
  return new HeadframeError({ code: 'aborted', reason: 'lease_expired', message });
}

/** The end of a session whose host an operator removed. */
export function hostRemoved(): HeadframeError {
  return new HeadframeError({
    code: 'aborted',
    reason: 'host_removed',
    message: 'the host was removed from the fleet',
    remedy: 'Stop the agent if the host is to stay away: it joins anew when it connects again.',
  });
}

/** The end of a session that a newer one takes the place of. */
export function sessionReplaced(): HeadframeError {
  const message = 'a newer session replaced this one';
  return new HeadframeError({ code: 'aborted', reason: 'session_replaced', message });
}

/** A call for a host whose agent is away. */
export function notConnected(hostId: string): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'host_not_connected',
    message: `the agent on ${hostId} is not connected`,
    remedy: 'Check the agent on the host; headframe hosts ls shows when it was last seen.',
  });
}

/** An agent that speaks for another host than the one that its certificate is for. */
export function hostMismatch(hostId: string, certified: string): HeadframeError {
  return new HeadframeError({
    code: 'permission_denied',
    reason: 'host_mismatch',
    message: `the certificate is for the host ${certified}, not for ${hostId}`,
    remedy: 'Give each agent its own data folder, and join with it: headframe agent join.',
  });
}

/** A second agent with a host id that is in use. */
export function hostIdInUse(hostId: string): HeadframeError {
  return new HeadframeError({
    code: 'already_exists',
    reason: 'host_id_in_use',
    message: `another agent with host id ${hostId} is connected`,
    remedy: 'Give each agent its own data folder; remove agent.json from a copied one so that it draws a new id.',
  });
}

/** The end of a session whose agent cannot be told what it has to know. */
export function slowAgent(cause: unknown): HeadframeError {
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'agent_reads_too_slowly',
    message: 'the agent did not read what it was sent',
    remedy: 'The agent connects again and gets a fresh snapshot.',
    cause,
  });
}
