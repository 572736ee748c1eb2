import { HeadframeError } from '../model/error.js';
import type { CallMetadata, CallRequest } from './call-context.js';

/** Where the caller of a call that is handed on calls from; its presence says that it is one. */
const PEER = 'headframe-on-behalf-of';
/** DER of the certificate that the caller has proven to whom it called, in base64; absent where it has shown none. */
const CERTIFICATE = 'headframe-on-behalf-of-bin';

/** Says which coordinator has proven, by the certificate of its connection, to be one of this fleet; undefined for anybody else. */
export type CoordinatorOf = (certificate: Buffer | undefined) => string | undefined;

/** Whether a call says that it is made for somebody else. */
export function isOnBehalf(metadata: CallMetadata): boolean {
  return metadata.get(PEER) !== undefined || metadata.get(CERTIFICATE) !== undefined;
}

/**
 * What goes with a call that is handed on: the evidence of who makes it, by which the next decides who that is, and where it comes
 * from.
 */
export function onBehalfHeaders({
  peer,
  certificate,
}: Pick<CallRequest, 'peer' | 'certificate'>): Readonly<Record<string, string>> {
  const proof = certificate === undefined ? {} : { [CERTIFICATE]: certificate.toString('base64') };
  return { [PEER]: peer, ...proof };
}

/**
 * The call as its caller made it, where a coordinator hands it on: with the certificate that it has seen, and with `via`. Any other
 * is as it was, and still says on whose behalf it claims to be, for which `onBehalfRefused` is due.
 */
export function asItWasMade(request: CallRequest, coordinatorOf: CoordinatorOf): CallRequest {
  const { metadata, certificate: proof } = request;
  if (!isOnBehalf(metadata)) return request;
  const via = coordinatorOf(proof);
  if (via === undefined) return request;
  const told = metadata.get(PEER) ?? '';
  const der = metadata.get(CERTIFICATE);
  return {
    ...request,
    via,
    peer: /^[\w.:[\]%-]{1,100}$/.test(told) ? told : 'unknown',
    certificate: der === undefined ? undefined : Buffer.from(der, 'base64'),
    metadata: { get: (name) => (isOwn(name) ? undefined : metadata.get(name)) },
  };
}

/** Whether a header is one of those that only coordinators may send. */
function isOwn(name: string): boolean {
  return name.toLowerCase() === PEER || name.toLowerCase() === CERTIFICATE;
}

/** Somebody who is no coordinator says that it calls for another. */
export function onBehalfRefused(): HeadframeError {
  return new HeadframeError({
    code: 'permission_denied',
    reason: 'on_behalf_refused',
    message: 'only a coordinator of this fleet may call on behalf of another',
    remedy: `Leave ${PEER} and ${CERTIFICATE} out: who calls is seen by the connection.`,
  });
}
