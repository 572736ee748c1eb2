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
    message: 'too many joins have failed',
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

/** A renewal by who is no host. */
export function noHost(): HeadframeError {
  return new HeadframeError({
    code: 'permission_denied',
    reason: 'not_a_host',
    message: 'only a host can renew the certificate of a host',
  });
}

/** A certificate that was revoked while its next one was being made. */
export function credentialRevoked(): HeadframeError {
  return new HeadframeError({
    code: 'unauthenticated',
    reason: 'credential_revoked',
    message: 'the certificate was revoked',
    remedy: 'Join again with a new token: headframe agent join.',
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
