import { create } from '@bufbuild/protobuf';
import {
  Role as WireRole,
  TokenKind as WireTokenKind,
  TokenSchema,
  TokenState as WireTokenState,
} from '../gen/headframe/v1/access_service_pb.js';
import type { Token } from '../gen/headframe/v1/access_service_pb.js';
import type { TokenKind, TokenRecord, TokenState } from '../model/access.js';
import type { Role } from '../model/caller.js';
import { enumTable } from './enum-table.js';
import type { EnumTable } from './enum-table.js';
import { numberFromWire, numberToWire } from './numbers.js';

/** A token as people see it: how it stands instead of its hash. */
export interface TokenView extends Omit<TokenRecord, 'secretHash'> {
  readonly kind: TokenKind;
  readonly state: TokenState;
}

/** Roles. */
export const ROLE: EnumTable<Role, WireRole> = enumTable({
  agent: WireRole.AGENT,
  admin: WireRole.ADMIN,
  operator: WireRole.OPERATOR,
  viewer: WireRole.VIEWER,
  scheduler: WireRole.SCHEDULER,
  renter: WireRole.RENTER,
});

/** Kinds of tokens. */
export const TOKEN_KIND: EnumTable<TokenKind, WireTokenKind> = enumTable({
  enrolment: WireTokenKind.ENROLMENT,
  bearer: WireTokenKind.BEARER,
});

const TOKEN_STATE: EnumTable<TokenState, WireTokenState> = enumTable({
  valid: WireTokenState.VALID,
  expired: WireTokenState.EXPIRED,
  spent: WireTokenState.SPENT,
  revoked: WireTokenState.REVOKED,
});

/** Puts a token on the wire. */
export function tokenToWire(token: TokenView): Token {
  const { id, labels, uses, usesLeft, createdBy, name = '', namespaces = [] } = token;
  return create(TokenSchema, {
    ...{ id, uses, usesLeft, createdBy, name },
    labels: { ...labels },
    namespaces: [...namespaces],
    role: ROLE.toWire(token.role),
    kind: TOKEN_KIND.toWire(token.kind),
    state: TOKEN_STATE.toWire(token.state),
    createdAtMs: numberToWire(token.createdAtMs, 'createdAtMs'),
    expiresAtMs: numberToWire(token.expiresAtMs, 'expiresAtMs'),
    revokedAtMs: numberToWire(token.revokedAtMs ?? 0, 'revokedAtMs'),
  });
}

/** Reads a token as the coordinator sends it. Throws HeadframeError (invalid_argument: 'unknown_value', 'number_out_of_range'). */
export function tokenFromWire(token: Token): TokenView {
  const { id, labels, uses, usesLeft, createdBy, name, namespaces } = token;
  return {
    ...{ id, labels, uses, usesLeft, createdBy },
    ...(name === '' ? {} : { name }),
    ...(namespaces.length === 0 ? {} : { namespaces }),
    role: ROLE.fromWire(token.role, 'role'),
    kind: TOKEN_KIND.fromWire(token.kind, 'kind'),
    state: TOKEN_STATE.fromWire(token.state, 'state'),
    createdAtMs: numberFromWire(token.createdAtMs, 'createdAtMs'),
    expiresAtMs: numberFromWire(token.expiresAtMs, 'expiresAtMs'),
    ...(token.revokedAtMs === 0n ? {} : { revokedAtMs: numberFromWire(token.revokedAtMs, 'revokedAtMs') }),
  };
}
