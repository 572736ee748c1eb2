import { create } from '@bufbuild/protobuf';
import { CredentialSchema, CredentialState as WireState } from '../gen/headframe/v1/access_service_pb.js';
import type { Credential } from '../gen/headframe/v1/access_service_pb.js';
import type { CredentialState, CredentialView } from '../model/access.js';
import { enumTable } from './enum-table.js';
import type { EnumTable } from './enum-table.js';
import { numberFromWire, numberToWire } from './numbers.js';
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

/** Reads a credential as the coordinator sends it. Throws HeadframeError (invalid_argument: 'unknown_value', 'number_out_of_range'). */
export function credentialFromWire(credential: Credential): CredentialView {
  const { id, name, namespaces, host } = credential;
  return {
    ...{ id, name },
    namespaces: namespaces.length === 0 ? undefined : namespaces,
    hostId: host === '' ? undefined : host,
    role: ROLE.fromWire(credential.role, 'role'),
    state: CREDENTIAL_STATE.fromWire(credential.state, 'state'),
    issuedAtMs: numberFromWire(credential.issuedAtMs, 'issuedAtMs'),
    expiresAtMs: numberFromWire(credential.expiresAtMs, 'expiresAtMs'),
    revokedAtMs: credential.revokedAtMs === 0n ? undefined : numberFromWire(credential.revokedAtMs, 'revokedAtMs'),
  };
}
