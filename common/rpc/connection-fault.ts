import { HeadframeError } from '../model/error.js';

/** Why a secure connection could not be made, as far as its cause is known by a code. */
export type ConnectionFaultReason =
  'authority_mismatch' | 'coordinator_name_mismatch' | 'coordinator_certificate_expired' | 'no_tls';

/** The other side could not be trusted. */
export class ConnectionFault extends Error {
  readonly reason: ConnectionFaultReason;

  constructor(reason: ConnectionFaultReason, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

/** What OpenSSL and Node call it: https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes */
const REASON_OF: Readonly<Record<string, ConnectionFaultReason>> = {
  SELF_SIGNED_CERT_IN_CHAIN: 'authority_mismatch',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'authority_mismatch',
  UNABLE_TO_GET_ISSUER_CERT: 'authority_mismatch',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'authority_mismatch',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'authority_mismatch',
  CERT_SIGNATURE_FAILURE: 'authority_mismatch',
  ERR_TLS_CERT_ALTNAME_INVALID: 'coordinator_name_mismatch',
  CERT_HAS_EXPIRED: 'coordinator_certificate_expired',
  CERT_NOT_YET_VALID: 'coordinator_certificate_expired',
  ERR_SSL_WRONG_VERSION_NUMBER: 'no_tls',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'no_tls',
};

const WORDS: Readonly<Record<ConnectionFaultReason, { readonly message: string; readonly remedy: string }>> = {
  authority_mismatch: {
    message: 'another coordinator than the one that is trusted answers, or its authority was replaced',
    remedy:
      'Get a new line or identity where the fleet is steered: headframe token create. If its authority was not replaced, ' +
      'somebody may stand between: nothing secret was sent.',
  },
  coordinator_name_mismatch: {
    message: 'the certificate of the coordinator is for other names than the one called',
    remedy: 'Call it by one of its names, or add this one to security.names of the coordinator.',
  },
  coordinator_certificate_expired: {
    message: 'the certificate of the coordinator has expired, or does not hold yet',
    remedy: 'Compare the clocks of both machines.',
  },
  no_tls: {
    message: 'what answers speaks no TLS',
    remedy: 'Check the port, and that the security.mode of the coordinator is tls.',
  },
};

/** The fault behind an error of a connection; undefined where its code names none. */
export function connectionFaultOf(error: unknown): ConnectionFault | undefined {
  if (error instanceof ConnectionFault) return error;
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const reason = REASON_OF[error.code];
  return reason && new ConnectionFault(reason, error.message, error);
}

/** What a call fails with that nobody answered: with the last fault of its connection, if that is what it failed for. */
export function withFault(error: HeadframeError, fault: ConnectionFault | undefined): HeadframeError {
  if (fault === undefined || error.code !== 'unavailable' || error.reason !== 'unavailable') return error;
  // An older fault may be known when later nobody answers at all; grpc-js hands on the text of the error that counts.
  if (!error.message.includes(fault.message)) return error;
  const { reason } = fault;
  const { message, remedy } = WORDS[reason];
  return new HeadframeError({
    code: 'unavailable',
    reason,
    message: `${message}: ${fault.message}`,
    remedy,
    cause: error,
  });
}
