import { pipeline } from 'node:stream/promises';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { extract, pack } from 'tar-stream';
import type { Pack } from 'tar-stream';
import { MOST_PATH_BYTES } from '../../../contents/index.js';
import { MOST_ENTRIES } from '../source/index.js';
import { packageError } from './refusals.js';

/** The files of a package in their order, each with the most bytes that it may have; those of the content are the reader's to say. */
const MOST_BYTES = {
  'manifest.json': 4 * 2 ** 20,
  'manifest.sig': 64,
  'signer.pem': 1_000,
  'sbom.cdx.json': 48 * 2 ** 20,
} as const;
/** The last file of a package: the archive of the module's files. */
const CONTENT = 'content.tar';
const BLOCK = 512;
/** Headers of one file of the content: its own, and one with its path where that is long. */
const MOST_HEADERS = 3 * BLOCK + MOST_PATH_BYTES;

/** The parts of a package before its content. */
export interface PackageHead {
  readonly manifest: Buffer;
  /** Of the manifest's bytes. */
  readonly signature: Buffer;
  readonly signer: Buffer;
  readonly sbom: Buffer;
}

/** All parts of a package, unchecked but for their number, their kind and their sizes. */
export interface PackageParts extends PackageHead {
  readonly content: Buffer;
}

/** Most bytes of a package whose module has no more than so many in its files. */
export function mostPackageBytes(contentBytes: number): number {
  const head = Object.values(MOST_BYTES).reduce((sum, bytes) => sum + inBlocks(bytes), 0);
  return head + mostArchiveBytes(contentBytes) + 8 * BLOCK;
}

/** Bytes of a package. */
export function packageBytes(head: PackageHead, contentBytes: number): number {
  const sizes = [head.manifest, head.signature, head.signer, head.sbom].map(({ length }) => length);
  return [...sizes, contentBytes].reduce((sum, bytes) => sum + BLOCK + inBlocks(bytes), 2 * BLOCK);
}

/** A package in pieces, as fast as they are taken; the content is taken as it comes, and fails it when it fails. */
export async function* packageFile(
  head: PackageHead,
  content: AsyncIterable<Uint8Array>,
  contentBytes: number,
): AsyncGenerator<Uint8Array> {
  const archive = pack();
  fill(archive, head, content, contentBytes).catch((error: unknown) => {
    archive.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    // Without an encoding it gives bytes.
    for await (const piece of Readable.from(archive, { objectMode: false })) yield piece as Buffer;
  } finally {
    archive.destroy();
  }
}

async function fill(
  archive: Pack,
  { manifest, signature, signer, sbom }: PackageHead,
  content: AsyncIterable<Uint8Array>,
  contentBytes: number,
): Promise<void> {
  const names = Object.keys(MOST_BYTES);
  for (const [at, part] of [manifest, signature, signer, sbom].entries())
    archive.entry(headerOf(names[at] ?? '', part.length), part);
  await pipeline(content, archive.entry(headerOf(CONTENT, contentBytes)));
  archive.finalize();
}

function headerOf(name: string, size: number) {
  return { name, size, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0, type: 'file' } as const;
}

/**
 * The parts of a package: just those that it has to have, in their order, so that no reader sees another file than the next.
 * Throws HeadframeError: 'package_unreadable', 'package_entry_forbidden', 'package_too_large'.
 */
export async function readPackageFile(file: Buffer, contentBytes: number): Promise<PackageParts> {
  const most = new Map<string, number>([...Object.entries(MOST_BYTES), [CONTENT, mostArchiveBytes(contentBytes)]]);
  const expected = [...most.keys()];
  const parts: Buffer[] = [];
  for await (const entry of entriesOf(file)) {
    requireExpected(entry, expected[parts.length], most);
    parts.push(await entry.read());
  }
  const [manifest, signature, signer, sbom, content] = parts;
  if (!manifest || !signature || !signer || !sbom || !content)
    throw packageError('package_unreadable', `${expected[parts.length] ?? ''} is missing`);
  return { manifest, signature, signer, sbom, content };
}

function requireExpected(
  { name, type, size }: ArchiveEntry,
  expected: string | undefined,
  most: ReadonlyMap<string, number>,
): void {
  if (type !== 'file') throw packageError('package_entry_forbidden', `${shown(name)} is a ${type}`);
  if (name !== expected)
    throw packageError('package_unreadable', `${shown(name)} is there in place of ${expected ?? 'the end'}`);
  const limit = most.get(name) ?? 0;
  if (size > limit) throw packageError('package_too_large', `${name} has ${String(size)} bytes of ${String(limit)}`);
}

type TarEntry = ReturnType<typeof extract> extends AsyncIterable<infer E> ? E : never;

/** A file, or something else, of an archive. */
export interface ArchiveEntry {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  /** In bytes, as the archive says. */
  readonly size: number;
  /** Its content; to be asked for before the next entry, or not at all. */
  read(): Promise<Buffer>;
}

/** Entries of an archive in memory. Throws HeadframeError (invalid_argument, 'package_unreadable') where it is none. */
export async function* entriesOf(archive: Buffer): AsyncGenerator<ArchiveEntry> {
  const reading = extract();
  Readable.from([archive]).pipe(reading);
  const entries = reading[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await told(entries.next());
      if (next.done === true) return;
      const entry: TarEntry = next.value;
      const { name, type, mode, size } = entry.header;
      const asked = { isRead: false };
      const read = (): Promise<Buffer> => {
        asked.isRead = true;
        return told(buffer(entry));
      };
      yield { name, type, mode, size, read };
      if (!asked.isRead) entry.resume();
    }
  } finally {
    reading.destroy();
  }
}

/** What is wrong with an archive is told by whoever comes to read it. */
async function told<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    throw packageError('package_unreadable', 'it is no tar archive, or a part of one', { cause });
  }
}

/** A name that somebody chose, fit to be shown. */
export function shown(name: string): string {
  return JSON.stringify(name.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 100));
}

function mostArchiveBytes(contentBytes: number): number {
  return contentBytes + MOST_ENTRIES * (MOST_HEADERS + BLOCK) + 2 * BLOCK;
}

function inBlocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK) * BLOCK;
}
