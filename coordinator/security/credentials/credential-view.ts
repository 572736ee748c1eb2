import type { CredentialRecord, CredentialView, TokenRecord } from '../../../common/model/access.js';
import type { FleetReader } from '../../fleet/port.js';
import { kindOf } from './token.js';

/** Of a bearer token, as a credential. */
export const BEARER_PREFIX = 'token/';

/** A certificate as people see it. */
function viewCertificate(record: CredentialRecord, nowMs: number): CredentialView {
  const { serial, role, name = '', namespaces, hostId, issuedAtMs, notAfterMs, revokedAtMs } = record;
  const ended = nowMs >= notAfterMs ? 'expired' : 'valid';
  const state = revokedAtMs === undefined ? ended : 'revoked';
  return { id: serial, role, name, namespaces, hostId, state, issuedAtMs, expiresAtMs: notAfterMs, revokedAtMs };
}

/** A bearer token likewise. */
function viewBearer(token: TokenRecord, nowMs: number): CredentialView {
  const { id, role, name = '', namespaces, createdAtMs, expiresAtMs, revokedAtMs } = token;
  const ended = nowMs >= expiresAtMs ? 'expired' : 'valid';
  const state = revokedAtMs === undefined ? ended : 'revoked';
  const grant = { role, name, namespaces };
  return { id: `${BEARER_PREFIX}${id}`, ...grant, state, issuedAtMs: createdAtMs, expiresAtMs, revokedAtMs };
}

/** All that anybody proves themselves with. */
export function* allCredentials(fleet: FleetReader, nowMs: number): Generator<CredentialView> {
  for (const record of fleet.credentials()) yield viewCertificate(record, nowMs);
  for (const token of fleet.tokens()) if (kindOf(token) === 'bearer') yield viewBearer(token, nowMs);
}

/** One of them; undefined when there is none of that id. */
export function findCredential(fleet: FleetReader, id: string, nowMs: number): CredentialView | undefined {
  if (!id.startsWith(BEARER_PREFIX)) {
    const record = fleet.credential(id);
    return record && viewCertificate(record, nowMs);
  }
  const token = fleet.token(id.slice(BEARER_PREFIX.length));
  return token && kindOf(token) === 'bearer' ? viewBearer(token, nowMs) : undefined;
}
