import type { Role } from './caller.js';
import type { Labels } from './miner.js';

/** Whether a token is of use, and why not. */
export type TokenState = 'valid' | 'expired' | 'spent' | 'revoked';

/** What a token is for: to be given certificates, or to be sent with each call. */
export type TokenKind = 'enrolment' | 'bearer';

/** Whether a credential is of use, and why not. */
export type CredentialState = 'valid' | 'expired' | 'revoked';

/** What is given to somebody: a role, under a name, held to namespaces. */
export interface Grant {
  readonly role: Role;
  /** Empty for hosts, which are known by their id. */
  readonly name: string;
  /** Undefined means all. */
  readonly namespaces?: readonly string[] | undefined;
}

/** A token without its secret. Times are unix milliseconds. */
export interface TokenRecord {
  readonly id: string;
  /** An enrolment token when it is not said. */
  readonly kind?: TokenKind;
  readonly role: Role;
  /** Of who logs in or calls with it; undefined for hosts. */
  readonly name?: string;
  /** Undefined means all. */
  readonly namespaces?: readonly string[];
  /** SHA-256 in hex of the secret, which has 256 random bits and so needs no slower hash. */
  readonly secretHash: string;
  /** Given to each new host that joins with it. */
  readonly labels: Labels;
  /** 0 for bearer tokens, whose calls are not counted. */
  readonly uses: number;
  readonly usesLeft: number;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly revokedAtMs?: number;
}

/** A certificate that somebody was given. Times are unix milliseconds. */
export interface CredentialRecord {
  /** Of the certificate, in hex. */
  readonly serial: string;
  readonly role: Role;
  /** Of an agent; undefined for everybody else. */
  readonly hostId?: string;
  /** Of a person or program; undefined for hosts. */
  readonly name?: string;
  /** Undefined means all. */
  readonly namespaces?: readonly string[];
  /** SHA-256 in hex of the public key (SPKI). */
  readonly keyHash: string;
  /** The token that it was given for; undefined for one that was renewed. */
  readonly tokenId?: string;
  /** In PEM, of those given for a token, so that an answer that was lost is given again. */
  readonly certificate?: string;
  /** Of the token with which the host joined. */
  readonly labels: Labels;
  readonly issuedAtMs: number;
  readonly notAfterMs: number;
  readonly revokedAtMs?: number;
  /** Digest of the authority that has signed it. */
  readonly issuer?: string;
  /** Serial of the one that it was asked for with; undefined for a first one. */
  readonly replaces?: string;
  /** When it was first shown, where that tells who has moved on from an authority that is being replaced. */
  readonly seenAtMs?: number;
}

/** What somebody proves themselves with, a certificate or a bearer token, as people see it. Times are unix milliseconds. */
export interface CredentialView extends Grant {
  /** Serial of the certificate, or `token/` and the id of the token. */
  readonly id: string;
  readonly hostId?: string | undefined;
  readonly state: CredentialState;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  readonly revokedAtMs?: number | undefined;
}
