import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { extract, pack } from 'tar-stream';
import { HeadframeError } from '../../../common/model/error.js';
import { newerFormatError } from '../records/damage.js';
import { FORMAT_VERSION } from '../records/file-header.js';
import { isStoreName } from './names.js';

const MANIFEST_NAME = 'manifest.json';

/** One file of a backup. */
export interface ArchivedFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** What a backup says of itself; the archive's last entry, so that a cut archive is known by its absence. */
interface Manifest {
  readonly format: number;
  readonly revision: number;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
}

/** The pieces of a tar archive of `files`, each drawn when its turn comes, with a manifest of their checksums. */
export async function* packBackup(
  revision: number,
  files: readonly (() => Promise<ArchivedFile>)[],
): AsyncGenerator<Buffer> {
  const archive = pack();
  const filled = fill(archive, revision, files).catch((thrown: unknown) => {
    archive.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)));
  });
  // tar-stream's own reading of its archive is typed as anything; it gives out buffers alone.
  yield* archive as AsyncIterable<Buffer>;
  await filled;
}

async function fill(
  archive: ReturnType<typeof pack>,
  revision: number,
  files: readonly (() => Promise<ArchivedFile>)[],
): Promise<void> {
  const listed: Manifest['files'][number][] = [];
  for (const file of files) {
    const { name, bytes } = await file();
    await addEntry(archive, name, bytes);
    listed.push({ name, bytes: bytes.length, sha256: sha256(bytes) });
  }
  const manifest: Manifest = { format: FORMAT_VERSION, revision, files: listed };
  await addEntry(archive, MANIFEST_NAME, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  archive.finalize();
}

function addEntry(archive: ReturnType<typeof pack>, name: string, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry({ name, mode: 0o600 }, bytes, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** The files of a backup, verified against its manifest. Throws `HeadframeError` data_loss, reason `backup_damaged`. */
export async function unpackBackup(
  path: string,
  archive: Buffer,
): Promise<{ revision: number; files: ArchivedFile[] }> {
  const entries = await readEntries(path, archive);
  const manifest = parseManifest(path, entries.get(MANIFEST_NAME));
  if (manifest.format > FORMAT_VERSION) throw newerFormatError(path, manifest.format, FORMAT_VERSION);
  if (manifest.files.length !== entries.size - 1)
    throw damagedError(path, 'it holds files that its manifest does not list');
  const files = manifest.files.map(({ name, sha256: expected }) => {
    const bytes = entries.get(name);
    if (!isStoreName(name)) throw damagedError(path, `${name} is no file of a store`);
    if (bytes === undefined) throw damagedError(path, `${name} is missing`);
    if (sha256(bytes) !== expected) throw damagedError(path, `the checksum of ${name} does not match`);
    return { name, bytes };
  });
  return { revision: manifest.revision, files };
}

async function readEntries(path: string, archive: Buffer): Promise<Map<string, Buffer>> {
  const entries = new Map<string, Buffer>();
  try {
    for await (const entry of Readable.from([archive]).pipe(extract())) {
      const parts: Buffer[] = [];
      // As above.
      for await (const part of entry as AsyncIterable<Buffer>) parts.push(part);
      entries.set(entry.header.name, Buffer.concat(parts));
    }
  } catch (thrown) {
    throw damagedError(path, 'it is no whole tar archive', thrown);
  }
  return entries;
}

function parseManifest(path: string, bytes: Buffer | undefined): Manifest {
  if (bytes === undefined) throw damagedError(path, 'its manifest is missing: the archive is incomplete, or no backup');
  try {
    // Only its own shape can carry checksums that match; anything else fails right after.
    const manifest = JSON.parse(bytes.toString()) as Partial<Manifest> | null;
    if (!Array.isArray(manifest?.files)) throw new Error('no list of files');
    return { format: Number(manifest.format), revision: Number(manifest.revision), files: manifest.files };
  } catch (thrown) {
    throw damagedError(path, 'its manifest cannot be read', thrown);
  }
}

function damagedError(file: string, what: string, cause?: unknown): HeadframeError {
  return new HeadframeError({
    code: 'data_loss',
    reason: 'backup_damaged',
    message: `${file}: ${what}`,
    remedy: 'Use another backup.',
    metadata: { file, what },
    cause,
  });
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
