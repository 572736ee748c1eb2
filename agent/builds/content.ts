import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { runtimeError } from '../runtime/runtime-error.js';

/** Where the contents of modules and models come from. */
export interface ContentSource {
  /** The archive with this digest, in pieces; unchecked. Rejects with what the coordinator says of it. */
  fetch(digest: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** An archive by its digest and its size in bytes. */
interface ContentName {
  readonly digest: string;
  readonly bytes: number;
}

/**
 * Fetches an archive into a file; what is longer, shorter or other than promised is never left there. Throws HeadframeError
 * (`module_content_lost`), and what the source throws.
 */
export async function fetchContent(
  source: ContentSource,
  { digest, bytes }: ContentName,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const hash = createHash('sha256');
  let seen = 0;
  async function* checked(): AsyncGenerator<Uint8Array> {
    for await (const piece of source.fetch(digest, signal)) {
      seen += piece.length;
      if (seen > bytes) throw lost(digest, `more than its ${String(bytes)} bytes came`);
      hash.update(piece);
      yield piece;
    }
  }
  try {
    await pipeline(checked, createWriteStream(path, { mode: 0o600 }), { signal });
    if (seen !== bytes || `sha256:${hash.digest('hex')}` !== digest) throw lost(digest, 'something else came');
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

function lost(digest: string, what: string): Error {
  return runtimeError('module_content_lost', `the content ${digest} was not handed over: ${what}`, {
    code: 'data_loss',
  });
}
