import type { Caller } from '../../common/model/caller.js';
import { HeadframeError } from '../../common/model/error.js';
import type { Authorize, CallRequest } from '../../common/rpc/index.js';
import type { Authority, Refusal, VerifiedCertificate } from './authority/index.js';

/** Who is asked about a certificate. */
export interface AuthorizeParts {
  readonly authority: Pick<Authority, 'verify'>;
  /** Whether the certificate of that serial (lower-case hex) has been revoked. */
  readonly isRevoked: (serial: string) => boolean;
  /** Told why a call was refused; the caller is told less. */
  readonly onRefused: (refused: RefusedCall) => void;
}

/** A call that was not let through to its handler. */
export interface RefusedCall {
  readonly method: string;
  readonly peer: string;
  readonly requestId: string;
  readonly reason: Refusal | 'no_certificate' | 'revoked' | 'role';
  /** Of whom the certificate speaks, if it could be believed. */
  readonly name?: string;
}

/** Methods for which no certificate is needed: their request carries a proof of its own. */
const OPEN = new Set(['/headframe.v1.AccessService/Join']);
/** What an agent may call: its own session and tunnels, its next certificate, and whether the server serves. */
const OF_AGENTS =
  /^\/(?:headframe\.v1\.AgentService\/|headframe\.v1\.AccessService\/RenewCertificate$|grpc\.health\.v1\.Health\/)/;
/** Who makes a call for which no certificate is needed. */
const STRANGER: Caller = { role: 'agent', name: 'stranger', namespaces: [], credential: 'none' };

/** Lets admins do everything, agents what agents do, and nobody else anything. */
export function createAuthorize({ authority, isRevoked, onRefused }: AuthorizeParts): Authorize {
  return (request) => {
    if (OPEN.has(request.method)) return STRANGER;
    const verified = judge(request, authority, isRevoked);
    if ('refused' in verified) {
      onRefused({ ...factsOf(request), reason: verified.refused });
      throw unauthenticated();
    }
    const caller = callerOf(verified);
    if (caller.role === 'admin' || (caller.role === 'agent' && OF_AGENTS.test(request.method))) return caller;
    onRefused({ ...factsOf(request), reason: 'role', name: caller.name });
    throw forbidden();
  };
}

function judge(
  { certificate }: CallRequest,
  authority: AuthorizeParts['authority'],
  isRevoked: AuthorizeParts['isRevoked'],
): VerifiedCertificate | { readonly refused: RefusedCall['reason'] } {
  if (certificate === undefined) return { refused: 'no_certificate' };
  const verified = authority.verify(certificate);
  return 'refused' in verified || !isRevoked(verified.serial) ? verified : { refused: 'revoked' };
}

function callerOf(verified: VerifiedCertificate): Caller {
  const credential = verified.serial;
  if (verified.role === 'agent') return { role: 'agent', name: verified.hostId, hostId: verified.hostId, credential };
  const { role, name, namespaces } = verified;
  return { role, name, namespaces, credential };
}

function factsOf({ method, peer, requestId }: CallRequest) {
  return { method, peer, requestId };
}

/** The same for every reason: a stranger learns nothing of what would do. */
function unauthenticated(): HeadframeError {
  return new HeadframeError({
    code: 'unauthenticated',
    reason: 'unauthenticated',
    message: 'a valid certificate is needed',
    remedy: 'Use an identity of this fleet: --identity FOLDER, or a context that has one.',
  });
}

function forbidden(): HeadframeError {
  return new HeadframeError({
    code: 'permission_denied',
    reason: 'permission_denied',
    message: 'the role of this identity does not allow this',
    remedy: 'Ask an operator for an identity whose role does.',
  });
}
