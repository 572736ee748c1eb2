import type { CredentialView, Grant, TokenRecord } from '../../../common/model/access.js';
import type { Caller } from '../../../common/model/caller.js';
import type { FleetReader, Transaction } from '../../fleet/port.js';
import { BEARER_PREFIX, allCredentials, findCredential } from './credential-view.js';
import { grantRefused, mayGive } from './grants.js';
import { credentialNotFound, lastAdmin } from './refusals.js';
import { kindOf, stateOf } from './token.js';

/** What is to be revoked, and by whom. */
export interface Revocation {
  readonly which: { readonly id: string } | { readonly name: string };
  /** Also the last one that proves an admin. */
  readonly force: boolean;
  readonly caller: Caller;
}

/** What was revoked now. */
export interface Revoked {
  readonly credentials: readonly CredentialView[];
  /** Those with which somebody could have logged in. */
  readonly tokens: readonly TokenRecord[];
}

/**
 * Revokes a credential, or all of a name with the tokens that would bring it more. Throws `HeadframeError`: not_found
 * ('credential_not_found'), permission_denied ('revocation_exceeds_own'), failed_precondition ('last_admin').
 */
export function revokeCredentials(tx: Transaction, { which, force, caller }: Revocation): Revoked {
  const { credentials, tokens } = 'id' in which ? ofId(tx, which.id) : ofName(tx, which.name);
  for (const one of [...credentials, ...tokens]) checkMay(caller, one);
  const now = credentials.filter(({ state }) => state === 'valid');
  if (!force && takesLastAdmin(tx, now)) throw lastAdmin();
  for (const { id } of now) revokeOne(tx, id);
  for (const token of tokens) tx.putToken({ ...token, revokedAtMs: tx.atMs });
  const text = (one: Grant & { readonly id: string }): string =>
    `${one.role} ${one.name}: ${one.id}, by ${caller.name}.`;
  for (const one of now) tx.event({ subject: 'fleet', id: '', reason: 'credential_revoked', text: text(one) });
  for (const { id } of tokens) tx.event({ subject: 'fleet', id: '', reason: 'token_revoked', text: `Token ${id}.` });
  const view = ({ id }: CredentialView): CredentialView[] => [findCredential(tx, id, tx.atMs) ?? []].flat();
  return { credentials: now.flatMap(view), tokens: tokens.flatMap(({ id }) => tx.token(id) ?? []) };
}

/** Revokes all certificates of a host. */
export function revokeHost(tx: Transaction, hostId: string): void {
  for (const credential of [...tx.credentials()])
    if (credential.hostId === hostId && credential.revokedAtMs === undefined)
      tx.putCredential({ ...credential, revokedAtMs: tx.atMs });
}

/** Whether anything proves an admin. */
export function hasAdmin(fleet: FleetReader, nowMs: number, except: readonly CredentialView[] = []): boolean {
  const left = new Set(except.map(({ id }) => id));
  for (const { role, state, id } of allCredentials(fleet, nowMs))
    if (role === 'admin' && state === 'valid' && !left.has(id)) return true;
  return false;
}

function ofId(tx: Transaction, id: string): Revoked {
  const found = findCredential(tx, id, tx.atMs);
  if (found === undefined) throw credentialNotFound(id);
  return { credentials: [found], tokens: [] };
}

function ofName(tx: Transaction, name: string): Revoked {
  const credentials = [...allCredentials(tx, tx.atMs)].filter((one) => one.name === name && one.hostId === undefined);
  const tokens = [...tx.tokens()].filter(
    (token) => token.name === name && kindOf(token) === 'enrolment' && stateOf(token, tx.atMs) === 'valid',
  );
  if (name === '' || credentials.length + tokens.length === 0) throw credentialNotFound(name);
  return { credentials, tokens };
}

/** Anybody may give up their own. */
function checkMay(caller: Caller, one: Omit<Grant, 'name'> & { readonly id: string }): void {
  if (one.id !== caller.credential && !mayGive(caller, one)) throw grantRefused(one, 'revoke');
}

function takesLastAdmin(tx: Transaction, credentials: readonly CredentialView[]): boolean {
  return credentials.some(({ role }) => role === 'admin') && !hasAdmin(tx, tx.atMs, credentials);
}

function revokeOne(tx: Transaction, id: string): void {
  if (id.startsWith(BEARER_PREFIX)) {
    const token = tx.token(id.slice(BEARER_PREFIX.length));
    if (token !== undefined) tx.putToken({ ...token, revokedAtMs: tx.atMs });
  } else {
    const record = tx.credential(id);
    if (record !== undefined) tx.putCredential({ ...record, revokedAtMs: tx.atMs });
  }
}
