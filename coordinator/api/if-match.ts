import { HeadframeError } from '../../common/model/error.js';
import type { CallContext } from '../../common/rpc/index.js';
import { invalidRequest } from './refuse.js';

/** A call that may be made on a condition. */
type Conditional = Pick<CallContext, 'metadata'>;

/**
 * Lets a change be made only where the record still has the revision that the caller has seen, which is shown as `If-Match`
 * over HTTP and as metadata `if-match` over gRPC: `"12"`, a tag that begins so, or `*` for any. To be asked in the transaction
 * of the change. Throws `HeadframeError`: aborted ('revision_changed'), invalid_argument ('request_invalid').
 */
export function requireMatch({ metadata }: Conditional, revision: number | undefined): void {
  const shown = metadata.get('if-match');
  if (shown === undefined) return;
  const revisions = shown.split(',').map((tag) => revisionOf(tag.trim()));
  if (revision !== undefined && revisions.some((one) => one === '*' || one === String(revision))) return;
  throw changed(revision);
}

/** Whether a call has a condition. */
export function isConditional({ metadata }: Conditional): boolean {
  return metadata.get('if-match') !== undefined;
}

function revisionOf(tag: string): string {
  const [, tagged, bare] = /^(?:"(\d{1,16})(?:-[\w-]{1,64})?"|(\d{1,16}|\*))$/.exec(tag) ?? [];
  const revision = tagged ?? bare;
  if (revision === undefined)
    throw invalidRequest({ path: 'If-Match', expected: 'the ETag of an answer, a revision, or *' });
  return revision;
}

function changed(revision: number | undefined): HeadframeError {
  const isThere = revision !== undefined;
  return new HeadframeError({
    code: 'aborted',
    reason: 'revision_changed',
    message: isThere ? `it has changed since, and is at revision ${String(revision)} now` : 'it is not there',
    remedy: 'Read it again, and change what it is now.',
    ...(isThere ? { metadata: { revision: String(revision) } } : {}),
  });
}
