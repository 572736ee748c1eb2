import { createHash } from 'node:crypto';

/** Characters of the digest: enough to tell two states of one thing apart. */
const DIGEST_LENGTH = 22;

/**
 * The tag of an answer: `"REVISION-DIGEST"`, without a revision `"DIGEST"`. What `If-None-Match` compares is the whole of it;
 * what `If-Match` compares is the revision, for the rest of what is told changes by itself. Pure.
 */
export function etagOf(body: string, revision: bigint | undefined): string {
  const digest = createHash('sha256').update(body).digest('base64url').slice(0, DIGEST_LENGTH);
  return revision === undefined ? `"${digest}"` : `"${String(revision)}-${digest}"`;
}

/** The revision of the one record that a message holds; undefined for a message of none, or of more than that. Pure. */
export function revisionIn(message: object): bigint | undefined {
  const records = Object.values(message).filter((value): value is { readonly revision: bigint } => isRecord(value));
  return records.length === 1 ? records[0]?.revision : undefined;
}

/** Whether a client that shows these tags has what the tag stands for. Pure. */
export function isKnownTo(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const shown = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return shown.includes('*') || shown.includes(etag);
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'revision' in value && typeof value.revision === 'bigint';
}
