import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { HeadframeError } from '../model/error.js';
import type { ChannelSecurity, ServerTrust } from '../rpc/index.js';

/** A bearer token, and by what the coordinator is known that it is sent to. */
export interface Bearer {
  /** File that holds the token, id, dot and secret, and nothing else. */
  readonly tokenFile: string;
  /** `sha256:` and the digest of the authority's public key, or the path of a file with authorities in PEM. */
  readonly authority: string;
}

/** The same as a setting. */
export const authorityField = z
  .string()
  .max(1024)
  .regex(/^(?:sha256:[0-9a-fA-F]{64}|\/[^\0]*)$/, 'sha256: and 64 hex digits, or an absolute path of a PEM file');

const TOKEN = /^[0-9a-f]{10}\.[A-Za-z0-9_-]{43}$/;

/**
 * Reads what calls by a bearer token take. Throws `HeadframeError`: failed_precondition, 'token_file_unreadable',
 * 'authority_unreadable'; or invalid_argument, 'token_file_invalid'.
 */
export async function readBearer({ tokenFile, authority }: Bearer): Promise<ChannelSecurity> {
  const token = (await readText(tokenFile, 'token_file_unreadable')).trim();
  if (!TOKEN.test(token)) throw noToken(tokenFile);
  return { kind: 'bearer', token, trust: await trustOf(authority) };
}

async function trustOf(authority: string): Promise<ServerTrust> {
  if (authority.startsWith('sha256:')) return { digest: authority.toLowerCase() };
  const authorities = Buffer.from(await readText(authority, 'authority_unreadable'));
  try {
    new X509Certificate(authorities);
  } catch (cause) {
    throw unreadable(authority, 'authority_unreadable', cause);
  }
  return { authorities };
}

function readText(path: string, reason: UnreadableReason): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw unreadable(path, reason, cause);
  });
}

type UnreadableReason = 'token_file_unreadable' | 'authority_unreadable';

const REMEDIES: Readonly<Record<UnreadableReason, string>> = {
  token_file_unreadable:
    'Name a file that you may read and that holds what headframe token create --bearer has printed.',
  authority_unreadable:
    'Name the authorities.pem of an identity of this fleet, or the sha256: that token create tells.',
};

function unreadable(path: string, reason: UnreadableReason, cause: unknown): HeadframeError {
  const message = `${path} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new HeadframeError({ code: 'failed_precondition', reason, message, remedy: REMEDIES[reason], cause });
}

/** Says nothing of what the file holds: it may be a secret all the same. */
function noToken(path: string): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'token_file_invalid',
    message: `${path} holds no bearer token`,
    remedy: 'It has to hold what headframe token create --bearer has printed, ID.SECRET, and nothing else.',
  });
}
