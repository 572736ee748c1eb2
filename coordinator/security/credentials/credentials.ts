import type { CredentialRecord, TokenRecord } from '../../../common/model/access.js';
import type { Caller, Role } from '../../../common/model/caller.js';
import type { Clock } from '../../../common/model/clock.js';
import type { HeadframeError } from '../../../common/model/error.js';
import type { FleetPort, FleetReader, Transaction } from '../../fleet/port.js';
import type { Refusal, VerifiedCertificate } from '../authority/index.js';
import { describeCertificate, isValid, recordOf, subjectOf } from './certificates.js';
import type { Holder } from './certificates.js';
import { forget } from './forget.js';
import type { JoinLimiter } from './join-limiter.js';
import {
  credentialRevoked,
  hostJoined,
  joinLimited,
  notRenewable,
  tokenNotFound,
  tokenRefused,
  tokenWrongUse,
  tooManyTokens,
} from './refusals.js';
import { rejoinHost } from './rejoin.js';
import { noteShown } from './shown.js';
import { judgeToken, kindOf, makeToken } from './token.js';
import type { TokenRequest, TokenVerdict } from './token.js';

/** What issues certificates, and knows them again. */
export interface IssuingAuthority {
  /** A certificate in PEM for the key that signed the request (PKCS#10, PEM); its subject is not looked at. */
  issueAgent(request: string, hostId: string): Promise<string>;
  /** The same for a person or program. */
  issueClient(request: string, subject: Exclude<Holder, { readonly role: 'agent' }>): Promise<string>;
  /** Whom a certificate (DER) speaks of now, or why it proves nothing. */
  verify(der: Uint8Array): VerifiedCertificate | { readonly refused: Refusal };
  /** The same, also for one that has expired. */
  verifyExpired(der: Uint8Array): VerifiedCertificate | { readonly refused: Refusal };
  /** What signs now. */
  readonly digest: string;
  /** What was replaced by it, as long as that is still good. */
  readonly former: object | undefined;
}

/** What credentials work with. */
export interface CredentialsParts {
  readonly fleet: FleetPort;
  readonly authority: IssuingAuthority;
  readonly limiter: JoinLimiter;
  readonly clock: Clock;
  readonly random: (bytes: number) => Buffer;
  /** How long after its certificate has expired a host may come back by its old key, in milliseconds; 0 is not at all. */
  readonly rejoinWindowMs: number;
}

/** Somebody who has a token and asks for their first certificate. */
export interface Enrolment {
  /** Id, dot and secret. */
  readonly shown: string;
  readonly request: string;
  /** `address:port` of who asks. */
  readonly peer: string;
}

/** A host that asks for its first certificate. */
export interface HostJoin extends Enrolment {
  readonly hostId: string;
}

/** Who has a bearer token, or why it proves nothing: what the log is told, and what the caller is. */
type BearerVerdict = Caller | { readonly refused: BearerRefusal; readonly error: HeadframeError };

/** Why a bearer token proves nothing. */
type BearerRefusal = 'token_unknown' | 'token_expired' | 'token_revoked' | 'token_wrong_use' | 'join_rate_limited';

const MOST_TOKENS = 1000;

/** Tokens, and the certificates that they bring. A use is counted, and a revocation holds, durably before anybody hears of it. */
export class Credentials {
  readonly #parts: CredentialsParts;

  constructor(parts: CredentialsParts) {
    this.#parts = parts;
  }

  /** Makes a token; `shown` is told once. Throws `HeadframeError` (resource_exhausted, 'too_many_tokens'). */
  async createToken(request: TokenRequest): Promise<{ readonly token: TokenRecord; readonly shown: string }> {
    const { fleet, random, rejoinWindowMs } = this.#parts;
    const { value, durable } = fleet.transact((tx) => {
      forget(tx, rejoinWindowMs);
      if ([...tx.tokens()].length >= MOST_TOKENS) throw tooManyTokens(MOST_TOKENS);
      const made = makeToken(request, { nowMs: tx.atMs, random });
      tx.putToken(made.token);
      const { id, role, kind, name = '' } = made.token;
      const text = `Token ${id} by ${request.createdBy}: ${kind ?? ''}, ${role} ${name}.`;
      tx.event({ subject: 'fleet', id: '', reason: 'token_created', text });
      return made;
    });
    await durable;
    return value;
  }

  /** Revokes a token that `mayRevoke` lets go; again changes nothing. Throws `HeadframeError` (not_found, 'token_not_found'). */
  async revokeToken(id: string, mayRevoke: (token: TokenRecord) => void = () => undefined): Promise<TokenRecord> {
    const { value, durable } = this.#parts.fleet.transact((tx) => {
      const token = tx.token(id);
      if (token === undefined) throw tokenNotFound(id);
      mayRevoke(token);
      if (token.revokedAtMs !== undefined) return token;
      const revoked = { ...token, revokedAtMs: tx.atMs };
      tx.putToken(revoked);
      tx.event({ subject: 'fleet', id: '', reason: 'token_revoked', text: `Token ${id}.` });
      return revoked;
    });
    await durable;
    return value;
  }

  /**
   * Gives a host its first certificate, in PEM. Throws `HeadframeError`: unauthenticated ('token_unknown', '_expired',
   * '_spent', '_revoked', '_wrong_use'), resource_exhausted ('join_rate_limited'), already_exists ('host_already_joined'),
   * and what the authority throws for a bad request.
   */
  async join(join: HostJoin): Promise<string> {
    const { certificate } = await this.#enrol(join, (token) => {
      if (token.role !== 'agent') throw tokenWrongUse('login');
      return { role: 'agent', hostId: join.hostId };
    });
    return certificate;
  }

  /** Gives a person or program their first certificate, in PEM. Throws as `join` does. */
  login(login: Enrolment): Promise<CredentialRecord & { readonly certificate: string }> {
    return this.#enrol(login, ({ role, name = '', namespaces }) => {
      if (role === 'agent') throw tokenWrongUse('join');
      return { role, name, namespaces };
    });
  }

  /** Gives who shows a certificate the next one, in PEM. Throws `HeadframeError` (unauthenticated, 'credential_revoked'). */
  async renew(caller: Caller, request: string): Promise<string> {
    const { fleet, rejoinWindowMs } = this.#parts;
    const { credential: serial, hostId } = caller;
    const before = fleet.credential(serial);
    const holder = hostId === undefined ? before && subjectOf(before) : { role: 'agent' as const, hostId };
    if (holder === undefined) throw notRenewable();
    const certificate = await this.#issue(request, holder);
    const issued = describeCertificate(certificate, this.#parts.authority);
    const { durable } = fleet.transact((tx) => {
      if (tx.credential(serial)?.revokedAtMs !== undefined) throw credentialRevoked();
      forget(tx, rejoinWindowMs);
      const labels = tx.credential(serial)?.labels ?? {};
      tx.putCredential({ ...issued, ...recordOf(holder), labels, issuedAtMs: tx.atMs, replaces: serial });
    });
    await durable;
    return certificate;
  }

  /** Gives a host whose certificate has expired the next one, in PEM, as `rejoinHost` does. */
  rejoin(caller: Caller, request: string): Promise<string> {
    return rejoinHost(this.#parts, caller, request);
  }

  /** Who calls by a bearer token, id, dot and secret; `peer` is `address:port`. A right one is never made to wait for wrong ones. */
  bearer(shown: string, peer: string): BearerVerdict {
    const { fleet, limiter, clock } = this.#parts;
    const { state, token } = judgeToken(shown, (id) => fleet.token(id), clock.nowMs());
    if (state === 'valid' && kindOf(token) === 'bearer') return bearerOf(token);
    const waitMs = limiter.waitMs(peer);
    if (waitMs > 0) return { refused: 'join_rate_limited', error: joinLimited(waitMs) };
    if (state === 'unknown') limiter.failed(peer);
    if (state === 'valid' || state === 'spent') return { refused: 'token_wrong_use', error: tokenWrongUse('login') };
    return { refused: `token_${state}`, error: tokenRefused(state) };
  }

  /** Whom a certificate (DER) speaks of, or why it proves nothing; that it was shown is noted. */
  verify(der: Uint8Array): VerifiedCertificate | { readonly refused: Refusal } {
    const verified = this.#parts.authority.verify(der);
    if (!('refused' in verified)) noteShown(this.#parts, der, verified);
    return verified;
  }

  /** The same, also for one that has expired. */
  verifyExpired(der: Uint8Array): VerifiedCertificate | { readonly refused: Refusal } {
    return this.#parts.authority.verifyExpired(der);
  }

  /** Whether that certificate, by its serial, was revoked. */
  isRevoked(serial: string): boolean {
    return this.#parts.fleet.credential(serial)?.revokedAtMs !== undefined;
  }

  async #enrol(
    asked: Enrolment,
    holderOf: (token: TokenRecord) => Holder,
  ): Promise<CredentialRecord & { readonly certificate: string }> {
    const { fleet, limiter } = this.#parts;
    const waitMs = limiter.waitMs(asked.peer);
    if (waitMs > 0) throw joinLimited(waitMs);
    const holder = holderOf(this.#checkToken(asked, this.#judge(asked, fleet)));
    // Signed before the use is counted, but handed out after: what is never handed out is worth nothing.
    const certificate = await this.#issue(asked.request, holder);
    const issued = describeCertificate(certificate, this.#parts.authority);
    const { value, durable } = fleet.transact((tx) => {
      const { token, state } = this.#judge(asked, tx);
      const given = token && givenFor(tx, { tokenId: token.id, holder, keyHash: issued.keyHash });
      if (given !== undefined && (state === 'valid' || state === 'spent')) {
        if (given.issuer === issued.issuer) return given;
        // The authority was replaced since: who asks is told to trust the new one alone.
        const { certificate: _former, ...former } = given;
        const anew = { ...former, ...issued, certificate, issuedAtMs: tx.atMs, replaces: given.serial };
        tx.putCredential(former);
        tx.putCredential(anew);
        return anew;
      }
      if (state !== 'valid') throw tokenRefused(state);
      if (holder.role === 'agent' && othersOf(tx, holder.hostId, issued.keyHash)) throw hostJoined(holder.hostId);
      tx.putToken({ ...token, usesLeft: token.usesLeft - 1 });
      const { labels } = token;
      const record = { ...issued, ...recordOf(holder), tokenId: token.id, certificate, labels, issuedAtMs: tx.atMs };
      tx.putCredential(record);
      tellEnrolled(tx, holder, token.id);
      return record;
    });
    await durable;
    return value;
  }

  #issue(request: string, holder: Holder): Promise<string> {
    const { authority } = this.#parts;
    return holder.role === 'agent'
      ? authority.issueAgent(request, holder.hostId)
      : authority.issueClient(request, holder);
  }

  #judge({ shown }: Enrolment, fleet: FleetReader): TokenVerdict {
    return judgeToken(shown, (id) => fleet.token(id), this.#parts.clock.nowMs());
  }

  /** A spent token goes on: its last use may have been counted and its answer lost. */
  #checkToken({ peer }: Enrolment, { state, token }: TokenVerdict): TokenRecord {
    if (state !== 'valid' && state !== 'spent') {
      this.#parts.limiter.failed(peer);
      throw tokenRefused(state);
    }
    if (kindOf(token) === 'bearer') throw tokenWrongUse('bearer');
    return token;
  }
}

function bearerOf({ id, role, name, namespaces }: TokenRecord & { readonly role: Role }): Caller {
  return { role, name: name ?? role, namespaces, credential: `token/${id}` };
}

/** What somebody was given for a token and key before: the answer to the same question. */
function givenFor(
  tx: Transaction,
  { tokenId, holder, keyHash }: { readonly tokenId: string; readonly holder: Holder; readonly keyHash: string },
): (CredentialRecord & { readonly certificate: string }) | undefined {
  const { hostId } = recordOf(holder);
  for (const credential of tx.credentials()) {
    const { certificate } = credential;
    if (credential.tokenId !== tokenId || credential.keyHash !== keyHash || credential.hostId !== hostId) continue;
    if (certificate !== undefined && isValid(credential, tx.atMs)) return { ...credential, certificate };
  }
  return undefined;
}

/** Whether a host has a valid certificate for another key. */
function othersOf(tx: Transaction, hostId: string, keyHash: string): boolean {
  for (const credential of tx.credentials())
    if (credential.hostId === hostId && credential.keyHash !== keyHash && isValid(credential, tx.atMs)) return true;
  return false;
}

function tellEnrolled(tx: Transaction, holder: Holder, tokenId: string): void {
  const isHost = holder.role === 'agent';
  const text = isHost
    ? `Host ${holder.hostId} by token ${tokenId}.`
    : `${holder.name}, ${holder.role}, by token ${tokenId}.`;
  tx.event({ subject: 'fleet', id: '', reason: isHost ? 'host_certified' : 'login_certified', text });
}
