import type { Labels } from './miner.js';

/** Whether somebody can join with a token, and why not. */
export type TokenState = 'valid' | 'expired' | 'spent' | 'revoked';

/** A token without its secret: what lets hosts join. Times are unix milliseconds. */
export interface TokenRecord {
  readonly id: string;
  readonly role: 'agent';
  /** SHA-256 in hex of the secret, which has 256 random bits and so needs no slower hash. */
  readonly secretHash: string;
  /** Given to each new host that joins with it. */
  readonly labels: Labels;
  readonly uses: number;
  readonly usesLeft: number;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly revokedAtMs?: number;
}

/** A certificate that a host was given. Times are unix milliseconds. */
export interface CredentialRecord {
  /** Of the certificate, in hex. */
  readonly serial: string;
  readonly role: 'agent';
  readonly hostId: string;
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
}
