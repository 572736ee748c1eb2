import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import type { Extract, Pack } from 'tar-stream';
import { HeadframeError } from '../../../../common/model/error.js';
import type { KeptContent } from '../../../contents/index.js';
import { Entries } from './entries.js';
import { modelError } from './refusals.js';

type Entry = Extract extends AsyncIterable<infer E> ? E : never;

/** How much is taken. */
export interface ContextLimits {
  /** As it comes. */
  readonly uploadBytes: number;
  /** As it is unpacked. */
  readonly contentBytes: number;
}

/** What was taken: the archive in the file, and the digest of all that came. */
export interface TakenContext extends KeptContent {
  /** `sha256:` and the digest of the bytes as they came. */
  readonly came: string;
  readonly files: number;
}

/** A longer text is no Dockerfile. */
const MOST_TEXT = 64 * 1024;
/** A tar archive tells by its first block what it is. */
const BLOCK = 512;
const NO_TIME = new Date(0);

/**
 * Takes what a model is built of, as it comes: a tar archive, one compressed with gzip, or a Dockerfile alone. It is judged and
 * written to a file as an archive of files and links alone, without times and owners, so that the same makes the same; no more
 * than a few pieces are in memory at once. Throws `HeadframeError`; what is in the file then is nobody's.
 */
export async function takeContext(
  input: AsyncIterable<Uint8Array>,
  file: string,
  limits: ContextLimits,
  signal: AbortSignal,
): Promise<TakenContext> {
  const came = createHash('sha256');
  const pieces = counted(until(signal, input), limits.uploadBytes, came)[Symbol.asyncIterator]();
  try {
    const head = await firstBlock(pieces);
    const whole = Readable.from(following(head, pieces), { objectMode: false });
    const taken = await written(whole, head, { file, limits, signal });
    return { ...taken, came: `sha256:${came.digest('hex')}` };
  } catch (error) {
    throw explained(error, signal);
  } finally {
    await pieces.return(undefined);
  }
}

interface Place {
  readonly file: string;
  readonly limits: ContextLimits;
  readonly signal: AbortSignal;
}

async function written(whole: Readable, head: Buffer, place: Place): Promise<KeptContent & { readonly files: number }> {
  const archive = pack();
  const written = store(archive, place);
  // It is waited for below; until then a failure of the other side is what counts.
  written.catch(() => undefined);
  try {
    const files = isArchive(head)
      ? await repack(whole, head, archive, place)
      : await alone(whole, archive, head.includes(0));
    archive.finalize();
    return { ...(await written), files };
  } catch (error) {
    archive.destroy(error instanceof Error ? error : new Error(String(error)));
    await written.catch(() => undefined);
    throw error;
  }
}

async function repack(whole: Readable, head: Buffer, archive: Pack, { limits, signal }: Place): Promise<number> {
  const reading = extract();
  const unpacked = isGzip(head) ? [createGunzip()] : [];
  const read = pipeline([whole, ...unpacked, bounded(limits.contentBytes), reading], { signal });
  const entries = new Entries();
  let files = 0;
  const copied = async (): Promise<void> => {
    for await (const entry of reading) if (await copy(entry, entries, archive)) files += 1;
  };
  await Promise.all([read, copied()]);
  if (files === 0) throw modelError('model_archive_invalid', 'the archive has no files');
  return files;
}

/** Whether the entry was taken. */
async function copy(entry: Entry, entries: Entries, archive: Pack): Promise<boolean> {
  const { mode, size } = entry.header;
  const taken = entries.judge(entry.header);
  if (taken === undefined || taken.kind !== 'file') entry.resume();
  if (taken === undefined) return false;
  const header = { name: taken.path, mtime: NO_TIME, uid: 0, gid: 0, mode: (mode & 0o111) === 0 ? 0o644 : 0o755 };
  if (taken.kind === 'file') await pipeline(entry, archive.entry({ ...header, type: 'file', size }));
  else archive.entry({ ...header, type: taken.kind, linkname: taken.target, size: 0 });
  return true;
}

/** A text that is a Dockerfile by itself. */
async function alone(whole: Readable, archive: Pack, isBinary: boolean): Promise<number> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  // It is made of buffers.
  for await (const piece of whole as AsyncIterable<Buffer>) {
    pieces.push(piece);
    bytes += piece.length;
    if (isBinary || bytes > MOST_TEXT)
      throw modelError('model_archive_invalid', 'neither a tar archive, nor one with gzip, nor a Dockerfile');
  }
  const content = Buffer.concat(pieces);
  if (content.length === 0 || content.includes(0)) throw modelError('model_archive_invalid', 'there is no text in it');
  archive.entry({ name: 'Dockerfile', mode: 0o644, mtime: NO_TIME, uid: 0, gid: 0, type: 'file' }, content);
  return 1;
}

/** Writes the archive, durably, and names it by its content. */
async function store(archive: Pack, { file, signal }: Place): Promise<KeptContent> {
  const hash = createHash('sha256');
  let bytes = 0;
  const hashing = new Transform({
    transform(piece: Buffer, _encoding, done) {
      hash.update(piece);
      bytes += piece.length;
      done(null, piece);
    },
  });
  await pipeline(Readable.from(archive, { objectMode: false }), hashing, createWriteStream(file, { mode: 0o600 }), {
    signal,
  });
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { digest: `sha256:${hash.digest('hex')}`, bytes };
}

/** Ends with the signal, though nothing more comes; what it reads from is told to end, and not waited for. */
async function* until(signal: AbortSignal, input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const pieces = input[Symbol.asyncIterator]();
  const over = new AbortController();
  const ended = new Promise<never>((_resolve, reject) => {
    const end = (): void => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('it was given up'));
    };
    signal.addEventListener('abort', end, { once: true, signal: over.signal });
    if (signal.aborted) end();
  });
  // Nobody may wait for it.
  ended.catch(() => undefined);
  try {
    for (;;) {
      const next = await Promise.race([pieces.next(), ended]);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    over.abort();
    void pieces.return?.().catch(() => undefined);
  }
}

async function* counted(
  input: AsyncIterable<Uint8Array>,
  mostBytes: number,
  hash: { update(data: Uint8Array): unknown },
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const piece of input) {
    bytes += piece.length;
    if (bytes > mostBytes) throw modelError('model_too_large', `more than ${String(mostBytes)} bytes come`);
    hash.update(piece);
    yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  }
}

/** A small file may unpack to any number of bytes. */
function bounded(mostBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      bytes += piece.length;
      if (bytes <= mostBytes) done(null, piece);
      else done(modelError('model_too_large', `unpacked it has more than ${String(mostBytes)} bytes`));
    },
  });
}

async function firstBlock(pieces: AsyncGenerator<Buffer>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < BLOCK) {
    const next = await pieces.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  return head;
}

async function* following(head: Buffer, pieces: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value;
}

function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

function isArchive(head: Buffer): boolean {
  return isGzip(head) || head.subarray(257, 262).toString('latin1') === 'ustar';
}

/** What a library says of bytes that are no archive is not told on. */
function explained(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof HeadframeError) return error;
  const isOfDisk = error instanceof Error && 'syscall' in error;
  return isOfDisk ? error : modelError('model_archive_invalid', 'it is damaged, or ends before its end', error);
}
