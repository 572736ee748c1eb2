import { X509Certificate, createHash } from 'node:crypto';
import type { CredentialRecord, TokenRecord } from '../../../common/model/access.js';
import type { Clock } from '../../../common/model/clock.js';
import type { FleetPort, FleetReader, Transaction } from '../../fleet/port.js';
import type { JoinLimiter } from './join-limiter.js';
import { credentialRevoked, hostJoined, joinLimited, tokenNotFound, tokenRefused, tooManyTokens } from './refusals.js';
import { judgeToken, makeToken } from './token.js';
import type { TokenRequest, TokenVerdict } from './token.js';

/** What issues the certificates of hosts. */
export interface HostAuthority {
  /** A certificate in PEM for the key that signed the request (PKCS#10, PEM); its subject is not looked at. */
  issueAgent(request: string, hostId: string): Promise<string>;
}

/** What credentials work with. */
export interface CredentialsParts {
  readonly fleet: FleetPort;
  readonly authority: HostAuthority;
  readonly limiter: JoinLimiter;
  readonly clock: Clock;
  readonly random: (bytes: number) => Buffer;
}

/** A host that asks for its first certificate. */
export interface HostJoin {
  /** Id, dot and secret. */
  readonly shown: string;
  readonly hostId: string;
  readonly request: string;
  /** `address:port` of who asks. */
  readonly peer: string;
}

/** A host that asks for its next certificate, having shown one. */
export interface HostRenewal {
  readonly hostId: string;
  /** Serial of the certificate that was shown. */
  readonly serial: string;
  readonly request: string;
}

const MOST_TOKENS = 1000;
/** Tokens that are of no use, and credentials that have expired, are shown for this long, in milliseconds. */
const KEPT_MS = 7 * 86_400_000;

/** Tokens and the certificates of hosts. A use is counted, and a revocation holds, durably before anybody hears of it. */
export class Credentials {
  readonly #parts: CredentialsParts;

  constructor(parts: CredentialsParts) {
    this.#parts = parts;
  }

  /** Makes a token; `shown` is told once. Throws `HeadframeError` (resource_exhausted, 'too_many_tokens'). */
  async createToken(request: TokenRequest): Promise<{ readonly token: TokenRecord; readonly shown: string }> {
    const { fleet, random } = this.#parts;
    const { value, durable } = fleet.transact((tx) => {
      forget(tx);
      if ([...tx.tokens()].length >= MOST_TOKENS) throw tooManyTokens(MOST_TOKENS);
      const made = makeToken(request, { nowMs: tx.atMs, random });
      tx.putToken(made.token);
      const text = `Token ${made.token.id} by ${request.createdBy}: ${String(request.uses)} uses.`;
      tx.event({ subject: 'fleet', id: '', reason: 'token_created', text });
      return made;
    });
    await durable;
    return value;
  }

  /** Revokes a token; again changes nothing. Throws `HeadframeError` (not_found, 'token_not_found'). */
  async revokeToken(id: string): Promise<TokenRecord> {
    const { value, durable } = this.#parts.fleet.transact((tx) => {
      const token = tx.token(id);
      if (token === undefined) throw tokenNotFound(id);
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
   * '_spent', '_revoked'), resource_exhausted ('join_rate_limited'), already_exists ('host_already_joined'), and what the
   * authority throws for a bad request.
   */
  async join(join: HostJoin): Promise<string> {
    const { fleet, authority, limiter } = this.#parts;
    const waitMs = limiter.waitMs(join.peer);
    if (waitMs > 0) throw joinLimited(waitMs);
    this.#checkToken(join, this.#judge(join, fleet));
    // Signed before the use is counted, but handed out after: what is never handed out is worth nothing.
    const certificate = await authority.issueAgent(join.request, join.hostId);
    const issued = describe(certificate);
    const { value, durable } = fleet.transact((tx) => {
      const { token, state } = this.#judge(join, tx);
      const given = token && givenFor(tx, token.id, join.hostId, issued.keyHash);
      if (given?.certificate !== undefined && (state === 'valid' || state === 'spent')) return given.certificate;
      if (state !== 'valid') throw tokenRefused(state);
      if (othersOf(tx, join.hostId, issued.keyHash)) throw hostJoined(join.hostId);
      tx.putToken({ ...token, usesLeft: token.usesLeft - 1 });
      tx.putCredential({
        ...issued,
        ...{ role: 'agent', hostId: join.hostId, tokenId: token.id, certificate },
        ...{ labels: token.labels, issuedAtMs: tx.atMs },
      });
      const text = `Host ${join.hostId} by token ${token.id}.`;
      tx.event({ subject: 'fleet', id: '', reason: 'host_certified', text });
      return certificate;
    });
    await durable;
    return value;
  }

  /** Gives a host its next certificate, in PEM. Throws `HeadframeError` (unauthenticated, 'credential_revoked'). */
  async renew({ hostId, serial, request }: HostRenewal): Promise<string> {
    const { fleet, authority } = this.#parts;
    const certificate = await authority.issueAgent(request, hostId);
    const { durable } = fleet.transact((tx) => {
      if (tx.credential(serial)?.revokedAtMs !== undefined) throw credentialRevoked();
      forget(tx);
      const labels = tx.credential(serial)?.labels ?? {};
      tx.putCredential({ ...describe(certificate), role: 'agent', hostId, labels, issuedAtMs: tx.atMs });
    });
    await durable;
    return certificate;
  }

  #judge({ shown }: HostJoin, fleet: FleetReader): TokenVerdict {
    return judgeToken(shown, (id) => fleet.token(id), this.#parts.clock.nowMs());
  }

  /** A spent token goes on: its last use may have been counted and its answer lost. */
  #checkToken({ peer }: HostJoin, { state }: TokenVerdict): void {
    if (state === 'valid' || state === 'spent') return;
    this.#parts.limiter.failed(peer);
    throw tokenRefused(state);
  }
}

/** Revokes all certificates of a host. */
export function revokeHost(tx: Transaction, hostId: string): void {
  for (const credential of [...tx.credentials()])
    if (credential.hostId === hostId && credential.revokedAtMs === undefined)
      tx.putCredential({ ...credential, revokedAtMs: tx.atMs });
}

/** Drops what nobody needs to be told of any more; a certificate that has expired is refused without its record. */
function forget(tx: Transaction): void {
  const before = tx.atMs - KEPT_MS;
  for (const token of [...tx.tokens()]) if (token.expiresAtMs < before) tx.removeToken(token.id);
  for (const { serial, notAfterMs } of [...tx.credentials()]) if (notAfterMs < before) tx.removeCredential(serial);
}

/** What a host was given for a token and key before: the answer to the same question. */
function givenFor(tx: Transaction, tokenId: string, hostId: string, keyHash: string): CredentialRecord | undefined {
  for (const credential of tx.credentials())
    if (credential.tokenId === tokenId && credential.hostId === hostId && credential.keyHash === keyHash)
      if (isValid(credential, tx.atMs)) return credential;
  return undefined;
}

/** Whether a host has a valid certificate for another key. */
function othersOf(tx: Transaction, hostId: string, keyHash: string): boolean {
  for (const credential of tx.credentials())
    if (credential.hostId === hostId && credential.keyHash !== keyHash && isValid(credential, tx.atMs)) return true;
  return false;
}

function isValid({ revokedAtMs, notAfterMs }: CredentialRecord, nowMs: number): boolean {
  return revokedAtMs === undefined && nowMs < notAfterMs;
}

function describe(certificate: string): Pick<CredentialRecord, 'serial' | 'keyHash' | 'notAfterMs'> {
  const parsed = new X509Certificate(certificate);
  const key = parsed.publicKey.export({ type: 'spki', format: 'der' });
  return {
    serial: parsed.serialNumber.toLowerCase(),
    keyHash: createHash('sha256').update(key).digest('hex'),
    notAfterMs: Date.parse(parsed.validTo),
  };
}
