import { create } from '@bufbuild/protobuf';
import { CredentialSchema, CredentialState as WireState } from '../gen/headframe/v1/access_service_pb.js';
import type { Credential } from '../gen/headframe/v1/access_service_pb.js';
import type { CredentialState, CredentialView } from '../model/access.js';
import { enumTable } from './enum-table.js';
import type { EnumTable } from './enum-table.js';
import { numberToWire } from './numbers.js';
import { ROLE } from './token.js';

const CREDENTIAL_STATE: EnumTable<CredentialState, WireState> = enumTable({
  valid: WireState.VALID,
  expired: WireState.EXPIRED,
  revoked: WireState.REVOKED,
});

/** Puts a credential on the wire. */
export function credentialToWire(credential: CredentialView): Credential {
  const { id, role, name, namespaces = [], hostId = '', state, issuedAtMs, expiresAtMs, revokedAtMs = 0 } = credential;
  return create(CredentialSchema, {
    ...{ id, name, host: hostId },
    namespaces: [...namespaces],
    role: ROLE.toWire(role),
    state: CREDENTIAL_STATE.toWire(state),
    issuedAtMs: numberToWire(issuedAtMs, 'issuedAtMs'),
    expiresAtMs: numberToWire(expiresAtMs, 'expiresAtMs'),
    revokedAtMs: numberToWire(revokedAtMs, 'revokedAtMs'),
  });
}
