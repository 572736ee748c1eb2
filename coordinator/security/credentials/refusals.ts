import { HeadframeError } from '../../../common/model/error.js';
import type { TokenVerdict } from './token.js';

const NEW_TOKEN = 'Make a new one where the fleet is steered: headframe token create.';

const REFUSALS: Readonly<Record<Exclude<TokenVerdict['state'], 'valid'>, { message: string; remedy: string }>> = {
  unknown: { message: 'there is no such token', remedy: `Copy the whole line again. ${NEW_TOKEN}` },
  expired: { message: 'the token has expired', remedy: NEW_TOKEN },
  spent: { message: 'all uses of the token are taken', remedy: NEW_TOKEN },
  revoked: { message: 'the token was revoked', remedy: NEW_TOKEN },
};

/** A join with a token that is no good: unauthenticated, 'token_' and its state. */
export function tokenRefused(state: keyof typeof REFUSALS): HeadframeError {
  return new HeadframeError({ code: 'unauthenticated', reason: `token_${state}`, ...REFUSALS[state] });
}

/** A join after too many that failed. */
export function joinLimited(waitMs: number): HeadframeError {
  const seconds = String(Math.ceil(waitMs / 1000));
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'join_rate_limited',
    message: 'too many joins, logins or tokens have failed',
    remedy: `Try again in ${seconds}s.`,
    metadata: { retryAfterSeconds: seconds },
  });
}

/** A join as a host that has a valid certificate for another key. */
export function hostJoined(hostId: string): HeadframeError {
  return new HeadframeError({
    code: 'already_exists',
    reason: 'host_already_joined',
    message: `the host ${hostId} has joined already, with another key`,
    remedy: `If its key is lost, remove the host first: headframe hosts rm ${hostId}. Else join with another --host-id.`,
    metadata: { host: hostId },
  });
}

/** A renewal by who shows no certificate. */
export function notRenewable(): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'not_renewable',
    message: 'only a certificate can be renewed, by a call that shows it',
    remedy: 'Make a new token instead: headframe token create.',
  });
}

/** A token that is right, but shown for what it is not for. */
export function tokenWrongUse(goodFor: 'login' | 'join' | 'bearer'): HeadframeError {
  const uses = {
    login: 'It is to log in with: headframe login.',
    join: 'It is for a host: headframe agent join.',
    bearer: 'It is to be sent with calls: headframe contexts set NAME --token-file FILE.',
  } as const;
  return new HeadframeError({
    code: 'unauthenticated',
    reason: 'token_wrong_use',
    message: 'the token is for something else',
    remedy: uses[goodFor],
  });
}

/** A credential that is not there. */
export function credentialNotFound(which: string): HeadframeError {
  return new HeadframeError({
    code: 'not_found',
    reason: 'credential_not_found',
    message: `there is no credential ${which.slice(0, 100)}`,
    remedy: 'headframe credentials ls shows all of people and programs, with --hosts those of hosts.',
  });
}

/** The revocation of the only one that proves an admin. */
export function lastAdmin(): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'last_admin',
    message: 'nobody would be an admin any more',
    remedy:
      'Make another admin first: headframe token create --role admin. With --force it is revoked all the same; a restart of the ' +
      'coordinator then makes the identity of a new admin in DATA_DIR/admin on its machine.',
  });
}

/** A certificate that was revoked while its next one was being made. */
export function credentialRevoked(): HeadframeError {
  return new HeadframeError({
    code: 'unauthenticated',
    reason: 'credential_revoked',
    message: 'the certificate was revoked',
    remedy: 'Join or log in again with a new token: headframe token create.',
  });
}

/** A token that is not there. */
export function tokenNotFound(id: string): HeadframeError {
  return new HeadframeError({
    code: 'not_found',
    reason: 'token_not_found',
    message: `there is no token ${id.slice(0, 100)}`,
    remedy: 'headframe token ls shows all.',
  });
}

/** One token more than are kept. */
export function tooManyTokens(most: number): HeadframeError {
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'too_many_tokens',
    message: `there are ${String(most)} tokens already`,
    remedy: 'Let them expire, or revoke and make fewer with more uses.',
  });
}
