import type { Caller, Role } from '../../common/model/caller.js';
import { HeadframeError } from '../../common/model/error.js';
import type { Authorize, CallRequest } from '../../common/rpc/index.js';
import type { Authority, VerifiedCertificate } from './authority/index.js';
import { credentialRevoked } from './credentials/index.js';
import { isOpen } from './roles/index.js';

/** Whom a bearer token speaks of, or why it proves nothing: what the log is told, and what the caller is. */
export type BearerVerdict = Caller | { readonly refused: string; readonly error: HeadframeError };

/** Who is asked about certificates and tokens. */
export interface AuthorizeParts {
  readonly authority: Pick<Authority, 'verify' | 'verifyExpired'>;
  /** Whether the certificate of that serial (lower-case hex) has been revoked. */
  readonly isRevoked: (serial: string) => boolean;
  /** Judges the id and secret of a bearer token that came from that address; undefined where none are taken. */
  readonly bearer?: ((shown: string, peer: string) => BearerVerdict) | undefined;
  /** Told why a call was refused; the caller is told less. */
  readonly onRefused: (refused: RefusedCall) => void;
}

/** A call that was not let through to its handler. */
export interface RefusedCall {
  readonly method: string;
  readonly peer: string;
  readonly requestId: string;
  /** Such as `expired` or `role`; docs/security.md lists them. */
  readonly reason: string;
  /** Of whom the certificate or token speaks, if it could be believed. */
  readonly name?: string;
}

interface Unproven {
  readonly refused: string;
  /** What the caller is told, where that is more than that nothing is proven. */
  readonly error?: HeadframeError;
}

/** Who makes a call for which no proof is needed. */
const STRANGER: Caller = { role: 'agent', name: 'stranger', namespaces: [], credential: 'none' };
/** Their identities are made for some namespaces: one that names none is held to none. */
const HELD: readonly Role[] = ['scheduler', 'renter'];

/** Says who calls, by their certificate or their bearer token. What they may do is for `createPermit` to say. */
export function createAuthorize(parts: AuthorizeParts): Authorize {
  return (request) => {
    if (isOpen(request.method)) return STRANGER;
    const judged = judge(request, parts);
    if (!('refused' in judged)) return judged;
    const { method, peer, requestId } = request;
    parts.onRefused({ method, peer, requestId, reason: judged.refused });
    throw judged.error ?? unauthenticated(judged.refused);
  };
}

function judge(request: CallRequest, parts: AuthorizeParts): Caller | Unproven {
  const { certificate, peer } = request;
  const authorization = request.metadata.get('authorization');
  // Whoever passes on what others sent must not lend them its own rights, nor they it theirs.
  if (certificate !== undefined)
    return authorization === undefined ? byCertificate(certificate, request, parts) : TWO_PROOFS;
  if (authorization === undefined || !request.isPrivate || parts.bearer === undefined) return NO_CERTIFICATE;
  const shown = /^Bearer +([^\s]+)$/i.exec(authorization)?.[1];
  if (shown === undefined) return MALFORMED;
  const verdict = parts.bearer(shown, peer);
  if ('refused' in verdict) return verdict;
  // Only a certificate binds a host to its id.
  return verdict.role === 'agent' ? MALFORMED : held(verdict);
}

const TWO_PROOFS = { refused: 'two_proofs' } as const;
const NO_CERTIFICATE = { refused: 'no_certificate' } as const;
const MALFORMED = { refused: 'authorization_malformed' } as const;

function byCertificate(
  certificate: Uint8Array,
  { method }: CallRequest,
  { authority, isRevoked }: AuthorizeParts,
): Caller | Unproven {
  const verified = method === REJOIN ? authority.verifyExpired(certificate) : authority.verify(certificate);
  if ('refused' in verified) return verified;
  if (!isRevoked(verified.serial)) return callerOf(verified);
  // To be told why is all that is left: its calls must not count as those of the host that has joined anew.
  return method === REJOIN ? { refused: 'revoked', error: credentialRevoked() } : { refused: 'revoked' };
}

/** The only thing that a host may do by a certificate that has expired; whether it may, and why not, its handler says. */
const REJOIN = '/headframe.v1.AccessService/Rejoin';

function callerOf(verified: VerifiedCertificate): Caller {
  const credential = verified.serial;
  if (verified.role === 'agent') return { role: 'agent', name: verified.hostId, hostId: verified.hostId, credential };
  const { role, name, namespaces } = verified;
  return held({ role, name, namespaces, credential });
}

function held(caller: Caller): Caller {
  return caller.namespaces === undefined && HELD.includes(caller.role) ? { ...caller, namespaces: [] } : caller;
}

/** The same for every reason: a stranger learns nothing of what would do. Of a token only who has it learns more. */
function unauthenticated(innerReason: string): HeadframeError {
  return new HeadframeError({
    code: 'unauthenticated',
    reason: 'unauthenticated',
    innerReason,
    message: 'a valid certificate or bearer token is needed, one of them alone',
    remedy: 'Use an identity of this fleet: --identity FOLDER, or a context that has one.',
  });
}
