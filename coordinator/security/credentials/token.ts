import { createHash, timingSafeEqual } from 'node:crypto';
import type { Grant, TokenKind, TokenRecord, TokenState } from '../../../common/model/access.js';
import type { Labels } from '../../../common/model/miner.js';

/** What a token that somebody shows is worth; `unknown` also for one that is mistyped. */
export type TokenVerdict =
  { readonly state: TokenState; readonly token: TokenRecord } | { readonly state: 'unknown'; readonly token?: never };

/** What is asked of a new token; times in milliseconds. */
export interface TokenRequest extends Grant {
  readonly kind: TokenKind;
  readonly ttlMs: number;
  /** 0 for bearer tokens. */
  readonly uses: number;
  readonly labels: Labels;
  readonly createdBy: string;
}

/** Bytes of randomness in a token's id, which is no secret, and in its secret. */
const ID_BYTES = 5;
const SECRET_BYTES = 32;
const SHOWN = /^([0-9a-f]{10})\.([A-Za-z0-9_-]{43})$/;

/** Makes a token of `random` bytes: the record to keep, and what is shown once. */
export function makeToken(
  request: TokenRequest,
  { nowMs, random }: { readonly nowMs: number; readonly random: (bytes: number) => Buffer },
): { readonly token: TokenRecord; readonly shown: string } {
  const { kind, role, namespaces, ttlMs, uses, labels, createdBy } = request;
  const id = random(ID_BYTES).toString('hex');
  const secret = random(SECRET_BYTES).toString('base64url');
  const name = request.name === '' ? `${role}-${id}` : request.name;
  const token: TokenRecord = {
    ...{ id, kind, role, labels, uses, createdBy },
    ...(role === 'agent' ? {} : { name }),
    ...(namespaces === undefined ? {} : { namespaces }),
    secretHash: hashOf(secret),
    usesLeft: uses,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + ttlMs,
  };
  return { token, shown: `${id}.${secret}` };
}

/** Judges what somebody shows; nothing is told of a token to those who do not have its secret. */
export function judgeToken(shown: string, find: (id: string) => TokenRecord | undefined, nowMs: number): TokenVerdict {
  const [, id = '', secret = ''] = SHOWN.exec(shown) ?? [];
  const token = find(id);
  if (token === undefined || !isSecretOf(token, secret)) return { state: 'unknown' };
  return { state: stateOf(token, nowMs), token };
}

/** What a token is for. */
export function kindOf({ kind = 'enrolment' }: Pick<TokenRecord, 'kind'>): TokenKind {
  return kind;
}

/** How a token stands; what cannot be undone comes first. */
export function stateOf(token: TokenRecord, nowMs: number): TokenState {
  const { revokedAtMs, expiresAtMs, usesLeft } = token;
  if (revokedAtMs !== undefined) return 'revoked';
  if (nowMs >= expiresAtMs) return 'expired';
  return usesLeft === 0 && kindOf(token) === 'enrolment' ? 'spent' : 'valid';
}

function isSecretOf({ secretHash }: TokenRecord, secret: string): boolean {
  return timingSafeEqual(Buffer.from(secretHash), Buffer.from(hashOf(secret)));
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
